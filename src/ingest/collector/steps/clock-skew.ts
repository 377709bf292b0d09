/** When an event happened, with the client's wrong clock corrected. */
import type { JsonValue } from '../../../contracts/json.js';

/** A difference below this is left alone: it is as likely the network's as the clock's. */
export const TOLERATED_SKEW_MS = 60_000;
const MAX_FUTURE_MS = 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

export interface EventTime {
  occurredAt: Date;
  /** The UTC day of the client's own timestamp, which a retry cannot change. */
  originalDate: string;
  hasClientTimestamp: boolean;
}

/**
 * timestamp = receivedAt − (sentAt − originalTimestamp), as Segment defines it; unchanged where
 * the clocks agree within a minute or the client does not say when it sent. Answers with the
 * words of what is wrong for a timestamp that cannot be read or lies out of range.
 */
export function eventTime(
  timestamp: JsonValue | undefined,
  sentAt: JsonValue | undefined,
  receivedAt: Date,
): EventTime | string {
  if (timestamp === undefined || timestamp === null) {
    const originalDate = receivedAt.toISOString().slice(0, 10);
    return { occurredAt: receivedAt, originalDate, hasClientTimestamp: false };
  }
  const original = readInstant(timestamp);
  if (!original) return 'The timestamp is not an ISO 8601 instant.';
  const sent = readInstant(sentAt);
  const skew = sent ? receivedAt.getTime() - sent.getTime() : 0;
  const isSkewed = Math.abs(skew) >= TOLERATED_SKEW_MS;
  const occurredAt = isSkewed ? new Date(original.getTime() + skew) : original;
  if (!isInRange(original, receivedAt.getTime() + 50 * 365 * DAY_MS)) {
    return 'The timestamp lies before 1970 or too far in the future.';
  }
  if (!isInRange(occurredAt, receivedAt.getTime() + MAX_FUTURE_MS)) {
    return 'The timestamp lies before 1970 or more than a day in the future.';
  }
  const originalDate = original.toISOString().slice(0, 10);
  return { occurredAt, originalDate, hasClientTimestamp: true };
}

const ISO_INSTANT =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** ISO 8601; a text without an offset is UTC. */
function readInstant(value: JsonValue | undefined): Date | null {
  if (typeof value !== 'string' || !ISO_INSTANT.test(value)) return null;
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/.test(value) && value.length > 10;
  const text = value.replace(' ', 'T').replace(',', '.');
  const instant = new Date(hasOffset || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

function isInRange(instant: Date, latestMs: number): boolean {
  const ms = instant.getTime();
  return ms >= 0 && ms <= latestMs;
}
