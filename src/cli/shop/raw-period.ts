/**
 * The time that the raw CSV exports tell of, and who had signed up by when.
 * Imported only inside `cli/shop`.
 */

/** A span of time in epoch ms: [startMs, endMs). */
export interface Period {
  startMs: number;
  endMs: number;
}

/**
 * When the customer with the given id (from 1) signed up. Sign-ups are spread evenly from half a
 * period before the first order to the end, so a later id is a later customer, and no table of
 * dates has to be held.
 */
export function signedUpAtMs(id: number, customers: number, period: Period): number {
  const fromMs = firstSignUpMs(period);
  return Math.floor(fromMs + ((period.endMs - fromMs) * (id - 1)) / customers);
}

/** How many customers had signed up by then; ids 1 to this number may buy. */
export function signedUpBy(atMs: number, customers: number, period: Period): number {
  const fromMs = firstSignUpMs(period);
  const passed = (atMs - fromMs) / (period.endMs - fromMs);
  return Math.max(1, Math.min(customers, Math.floor(passed * customers) + 1));
}

function firstSignUpMs({ startMs, endMs }: Period): number {
  return startMs - (endMs - startMs) / 2;
}
