/** Which days a report is of, and which it is compared with. Pure. */
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import { readTimezone, type Range } from '../metrics/range.js';

export const PERIODS = ['day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

export interface ReportArguments {
  period?: string;
  /** A date within the period; left out: that of the last whole one. */
  date?: string;
  timezone?: string;
  currency?: string;
}

export interface ReportPeriod {
  period: Period;
  /** The first day, YYYY-MM-DD. */
  date: string;
  timezone: string;
  range: Range;
  /** The day, week or month before. */
  previous: Range;
  /** The same day or month of the year before; of a week, the one 52 weeks before. */
  yearBefore: Range;
}

/** Weeks begin on Monday. Throws `invalid_parameter` and `unknown_timezone`. */
export function readPeriod(
  { period: asked = 'day', date, timezone: zone }: ReportArguments,
  reportingTimezone: string,
  now: Date,
): ReportPeriod {
  const period = PERIODS.find((known) => known === asked);
  if (!period) {
    throw new CodedError('invalid_parameter', `\`period\` is one of ${PERIODS.join(', ')}.`);
  }
  const timezone = readTimezone(zone, reportingTimezone);
  const today = DateTime.fromJSDate(now, { zone: timezone }).startOf('day') as DateTime<true>;
  const from =
    date === undefined ? before(today.startOf(period), period) : readDate(date, timezone, period);
  const to = after(from, period);
  const previous = { from: before(from, period), to: from };
  const years = period === 'week' ? { weeks: 52 } : { years: 1 };
  const yearFrom = from.minus(years);
  return {
    period,
    date: from.toISODate(),
    timezone,
    range: { from, to },
    previous,
    yearBefore: { from: yearFrom, to: after(yearFrom, period) },
  };
}

const after = (start: DateTime<true>, period: Period) => start.plus({ [`${period}s`]: 1 });
const before = (start: DateTime<true>, period: Period) => start.minus({ [`${period}s`]: 1 });

function readDate(text: string, timezone: string, period: Period): DateTime<true> {
  const date = DateTime.fromISO(text, { zone: timezone });
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && date.isValid;
  if (!isDate || date.year < 1972 || date.year > 2148) {
    throw new CodedError('invalid_parameter', '`date` is a date such as 2026-03-31.');
  }
  return date.startOf(period) as DateTime<true>;
}
