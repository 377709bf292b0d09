/** Ranges, timezones and buckets: read from what a caller writes, counted in points. */
import { DateTime, IANAZone } from 'luxon';
import { CodedError } from '../../contracts/errors.js';

export const GRANULARITIES = ['hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const COMPARISONS = ['previous', 'year', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const MAX_POINTS = 10_000;
const DEFAULT_DAYS = 30;
const QUARTER_MS = 15 * 60_000;

/** `from` inclusive, `to` exclusive, both in the timezone asked for. */
export interface Range {
  from: DateTime<true>;
  to: DateTime<true>;
}

export function readTimezone(text: string | undefined, reportingTimezone: string): string {
  const timezone = text ?? reportingTimezone;
  if (!IANAZone.isValidZone(timezone)) {
    throw new CodedError('unknown_timezone', 'The timezone is not known.');
  }
  return timezone;
}

/** The name that the engine knows: ICU takes `utc` and `PST`, the engine only exact IANA names. */
export function engineTimezone(timezone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
}

/** Dates in the timezone or instants; without either, the last 30 days up to the end of today. */
export function readRange(
  from: string | undefined,
  to: string | undefined,
  timezone: string,
  now: Date,
): Range {
  const tomorrow = DateTime.fromJSDate(now, { zone: timezone }).startOf('day').plus({ days: 1 });
  const end = to === undefined ? tomorrow : readInstant('to', to, timezone);
  const start =
    from === undefined ? end.minus({ days: DEFAULT_DAYS }) : readInstant('from', from, timezone);
  if (!start.isValid || !end.isValid || start >= end) {
    throw new CodedError('invalid_range', '`from` does not lie before `to`.');
  }
  return { from: start, to: end };
}

function readInstant(name: string, text: string, timezone: string): DateTime<true> {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  const instant = DateTime.fromISO(text, { zone: timezone });
  if ((!isDate && !isInstant) || !instant.isValid || instant.year < 1970 || instant.year > 2149) {
    throw new CodedError('invalid_range', `\`${name}\` is neither a date nor an instant.`);
  }
  if (instant.toMillis() % QUARTER_MS !== 0) {
    throw new CodedError('invalid_range', `\`${name}\` does not lie on a quarter of an hour.`);
  }
  return instant;
}

/** The range that a comparison looks at, or null. */
export function comparedRange({ from, to }: Range, comparison: Comparison): Range | null {
  if (comparison === 'none') return null;
  if (comparison === 'year') return { from: from.minus({ years: 1 }), to: endYearBefore(to) };
  const isWholeDays = isMidnight(from) && isMidnight(to);
  const days = Math.round(to.diff(from, 'days').days);
  if (isWholeDays) return { from: from.minus({ days }), to: from };
  return { from: from.minus(to.diff(from)), to: from };
}

/** An end on 29 February excludes that day, so a year before it excludes 1 March. */
function endYearBefore(to: DateTime<true>): DateTime<true> {
  const end = to.minus({ years: 1 });
  return end.day === to.day ? end : end.plus({ days: 1 });
}

const isMidnight = (instant: DateTime) => +instant === +instant.startOf('day');

/** The starts of all buckets that touch the range. Throws `range_too_long` past 10,000. */
export function bucketStarts(range: Range, granularity: Granularity): DateTime<true>[] {
  requirePoints(range.to.diff(range.from, granularity).as(granularity));
  const starts = granularity === 'hour' ? hourStarts(range) : dateStarts(range, granularity);
  requirePoints(starts.length);
  return starts;
}

/** Throws `range_too_long` past 10,000. */
export function requirePoints(points: number): void {
  if (points > MAX_POINTS) {
    throw new CodedError('range_too_long', `The range has more than ${MAX_POINTS} points.`);
  }
}

function dateStarts({ from, to }: Range, granularity: Granularity): DateTime<true>[] {
  const starts: DateTime<true>[] = [];
  const first = from.startOf(granularity);
  for (let step = 0; ; step += 1) {
    const start = first.plus({ [`${granularity}s`]: step }).startOf(granularity);
    if (start >= to) return starts;
    starts.push(start);
  }
}

/**
 * Hours are counted from the start of each local day, as ClickHouse does it: where the clock is
 * changed by half an hour (Australia/Lord_Howe), those after the change begin at half past.
 */
function hourStarts({ from, to }: Range): DateTime<true>[] {
  const starts: DateTime<true>[] = [];
  for (let day = from.startOf('day'); day < to;) {
    const nextDay = day.plus({ days: 1 }).startOf('day');
    for (let start = day; start < nextDay && start < to;) {
      const end = start.plus({ hours: 1 });
      if (end > from) starts.push(start);
      start = end;
    }
    day = nextDay;
  }
  return starts;
}

/** How a bucket is named in SQL: hours by their instant, days and longer by their local date. */
export function bucketKey(start: DateTime, granularity: Granularity): string {
  return granularity === 'hour' ? String(Math.floor(start.toSeconds())) : start.toISODate()!;
}
