/** Remembers what texts were converted to: a file repeats its times and countries. Pure. */

/** Full, it is emptied: cheaper than an order of use, and a file's repetitions lie close together. */
const MAX_ENTRIES = 10_000;

/** Longer texts do not come again, and would make the memory's size depend on the rows. */
const MAX_TEXT_LENGTH = 100;

export function remembering<Value>(convert: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = convert(text);
    if (text.length > MAX_TEXT_LENGTH) return value;
    if (known.size >= MAX_ENTRIES) known.clear();
    known.set(ownCopy(text), value);
    return value;
  };
}

/** A cell may be a view of the chunk it was read from, which a key must not keep alive. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
