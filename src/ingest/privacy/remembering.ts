/**
 * Memory of texts that come again and again: events repeat the same keys and many of the same
 * values. It is bounded, in number and in length.
 */
const KNOWN_MAX = 5_000;
const LENGTH_MAX = 600;

/** What was found for a text, for as long as it is asked for: two generations, the older goes. */
class Generations<Result> {
  private young = new Map<string, Result>();
  private old = new Map<string, Result>();

  get(text: string): Result | undefined {
    const found = this.young.get(text);
    if (found !== undefined) return found;
    const older = this.old.get(text);
    if (older !== undefined) this.set(text, older);
    return older;
  }

  set(text: string, result: Result): void {
    if (text.length > LENGTH_MAX) return;
    if (this.young.size >= KNOWN_MAX) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(text, result);
  }
}

/** A set that forgets what is not asked for. */
export class RecentTexts {
  private readonly known = new Generations<true>();

  has(text: string): boolean {
    return this.known.get(text) !== undefined;
  }

  add(text: string): void {
    this.known.set(text, true);
  }
}

/** Keys and plain addresses of pages; what may hold a person is not remembered. */
const IS_REMEMBERED = /^[^@?#%]{0,100}$/;

/** The same pure function, faster for texts that come again. */
export function remembering<Result>(find: (text: string) => Result): (text: string) => Result {
  const known = new Generations<{ result: Result }>();
  return (text) => {
    if (!IS_REMEMBERED.test(text)) return find(text);
    const found = known.get(text);
    if (found) return found.result;
    const result = find(text);
    known.set(text, { result });
    return result;
  };
}
