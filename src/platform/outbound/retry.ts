/** When something that a receiver did not take is tried again: later each time, and not for ever. */

export interface RetryPolicy {
  firstPauseMs: number;
  maxPauseMs: number;
  maxAttempts: number;
}

/** When to try again after this many attempts. */
export function nextAttempt(policy: RetryPolicy, attempts: number, now: Date): Date {
  const pause = Math.min(policy.firstPauseMs * 2 ** (attempts - 1), policy.maxPauseMs);
  return new Date(now.getTime() + pause);
}

/** How long a claim keeps other services away: longer than an attempt may last. */
export const CLAIM = '2 minutes';
