/** What one schema accepts and another one does not, as the comparison of contracts finds it. */

/** `may_break` where it cannot be decided, or where it depends on what is sent beyond the contract. */
export type Certainty = 'breaks' | 'may_break';

/** A rule of the newer schema that the older one does not imply. */
export interface Gap {
  /** JSON pointer into the event; `*` is every item of a list, or every other property. */
  pointer: string;
  /** The JSON Schema keyword. */
  rule: string;
  certainty: Certainty;
  was: string;
  now: string;
}

/** A part of a pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
