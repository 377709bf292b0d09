/**
 * When the simulated shop is busy: weekday, hour, slow growth and one sale week.
 * Imported only inside `cli/shop`.
 */
import { DateTime } from 'luxon';
import type { Random } from './prng.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A limit on a range, so that a slip of the finger does not simulate a millennium. */
const DAYS_MAX = 3660;
const VISITS_PER_DAY = 218;
/** Sunday first, as `Date.getUTCDay` counts. */
const WEEKDAY_DEMAND = [1.12, 1.08, 1.0, 0.97, 0.96, 0.9, 0.97];
const HOUR_DEMAND = [
  3, 2, 1.5, 1, 1, 1, 1.5, 2.5, 3.5, 4, 4.5, 5, 5.5, 5.5, 5.5, 5.5, 6, 6, 6.5, 7, 7.5, 7, 5.5, 4,
];
const GROWTH_OVER_RANGE = 0.2;
const SALE_DAYS = 7;
const SALE_DEMAND = 1.5;
/** A range shorter than four weeks has no sale week: it would be most of the range. */
const SALE_RANGE_DAYS_MIN = 28;
/** The longest visit; on the last day visits start early enough to end within the range. */
const VISIT_MS_MAX = 3 * HOUR_MS;

/** Midnight UTC of a `YYYY-MM-DD` day in epoch ms. @throws Error when it is no such day. */
export function utcDayMs(day: string): number {
  const parsed = DateTime.fromFormat(day, 'yyyy-MM-dd', { zone: 'utc' });
  if (!parsed.isValid) throw new Error(`until must be a day as YYYY-MM-DD, not '${day}'.`);
  return parsed.toMillis();
}

/** The range [startMs, endMs) of a simulation and the demand of each of its days. */
export class Calendar {
  readonly startMs: number;
  readonly endMs: number;
  private readonly demand: number[];
  private readonly saleStart: number;

  constructor(
    readonly days: number,
    until: string,
  ) {
    if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
      throw new Error(`days must be a whole number from 1 to ${DAYS_MAX}, not ${days}.`);
    }
    this.endMs = utcDayMs(until) + DAY_MS;
    this.startMs = this.endMs - days * DAY_MS;
    this.saleStart = days < SALE_RANGE_DAYS_MIN ? Infinity : Math.floor(days * 0.55);
    const raw = Array.from({ length: days }, (_, day) => this.rawDemand(day));
    const mean = raw.reduce((sum, demand) => sum + demand, 0) / days;
    // Dividing by the mean makes the range's volume depend on its length alone.
    this.demand = raw.map((demand) => demand / mean);
  }

  /** True in the sale week. */
  isSale(day: number): boolean {
    return day >= this.saleStart && day < this.saleStart + SALE_DAYS;
  }

  /** The start times of a day's visits in epoch ms, ascending; `day` counts from 0. */
  visitStarts(day: number, random: Random): number[] {
    const expected = VISITS_PER_DAY * (this.demand[day] ?? 0);
    const visits = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    return Array.from({ length: visits }, () => this.startOfVisit(day, random)).sort(
      (left, right) => left - right,
    );
  }

  private startOfVisit(day: number, random: Random): number {
    const hour = random.weighted(HOUR_DEMAND.map((demand, index) => [index, demand] as const));
    const startMs =
      this.startMs + day * DAY_MS + hour * HOUR_MS + Math.floor(random.next() * HOUR_MS);
    if (startMs <= this.endMs - VISIT_MS_MAX) return startMs;
    return startMs - VISIT_MS_MAX - Math.floor(random.next() * 9 * HOUR_MS);
  }

  private rawDemand(day: number): number {
    const weekday = new Date(this.startMs + day * DAY_MS).getUTCDay();
    const growth = 1 + GROWTH_OVER_RANGE * (day / this.days);
    return (WEEKDAY_DEMAND[weekday] ?? 1) * growth * (this.isSale(day) ? SALE_DEMAND : 1);
  }
}
