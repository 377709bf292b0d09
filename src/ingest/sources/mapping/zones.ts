/** Local times of an IANA timezone as instants, with what a clock change skips or repeats. Pure. */
import { IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** No zone lies further east or west; instants of a local time lie within them. */
const FURTHEST_EAST_MS = 14 * HOUR_MS;
const FURTHEST_WEST_MS = 12 * HOUR_MS;

/**
 * Milliseconds stand for local times as if these were UTC. One zone keeps one number for every
 * local day it was asked about, at most some 70,000.
 */
export class LocalTimes {
  private readonly zone: IANAZone;
  /** The offset of a day that no clock change is near; null for the others. */
  private readonly steadyDays = new Map<number, number | null>();

  constructor(timezone: string) {
    this.zone = IANAZone.create(timezone);
  }

  /** The instants at which clocks show `local`, earliest first: one, none or two. */
  instantsOf(local: number): number[] {
    const day = Math.floor(local / DAY_MS);
    let offset = this.steadyDays.get(day);
    if (offset === undefined) {
      offset = this.steadyOffset(day * DAY_MS);
      this.steadyDays.set(day, offset);
    }
    return offset === null ? this.searchInstants(local) : [local - offset];
  }

  /** What clocks show at an instant. */
  localOf(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  private steadyOffset(dayStart: number): number | null {
    const offset = this.offsetAt(dayStart);
    const isSteady = [dayStart - FURTHEST_EAST_MS, dayStart + DAY_MS + FURTHEST_WEST_MS].every(
      (instant) => this.offsetAt(instant) === offset,
    );
    return isSteady ? offset : null;
  }

  private searchInstants(local: number): number[] {
    const around = [local - FURTHEST_EAST_MS, local, local + FURTHEST_WEST_MS];
    const offsets = new Set(around.map((instant) => this.offsetAt(instant)));
    return [...offsets]
      .filter((offset) => this.offsetAt(local - offset) === offset)
      .map((offset) => local - offset)
      .sort((one, other) => one - other);
  }

  private offsetAt(instant: number): number {
    return Math.round(this.zone.offset(instant) * MINUTE_MS);
  }
}

export const isTimezone = (name: string): boolean => IANAZone.isValidZone(name);
