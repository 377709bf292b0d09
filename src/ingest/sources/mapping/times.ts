/** Timestamps and dates: a written time and a timezone become an instant, or one flaw. Pure. */
import { FLAWS, type Flaw } from './flaws.js';
import { formatReader } from './formatted-time.js';
import { remembering } from './memory.js';
import type { AmbiguousTimes } from './rules.js';
import { readWrittenTime, type WrittenTime } from './written-time.js';
import { LocalTimes } from './zones.js';

export interface TimeOptions {
  /** IANA name; of times without an offset. */
  timezone: string;
  ambiguousTimes: AmbiguousTimes;
  /** Luxon's tokens; null: ISO 8601 and SQL forms. */
  format: string | null;
}

const MIN_YEAR = 1970;
const MAX_YEAR = 2149;
const MIN_INSTANT = Date.UTC(MIN_YEAR, 0, 1);
const MAX_INSTANT = Date.UTC(MAX_YEAR + 1, 0, 1) - 1;

/** Reads ISO instants in UTC with milliseconds. */
export function timestampReader(options: TimeOptions): (text: string) => string | Flaw {
  const read = writtenReader(options, FLAWS.invalidTime);
  const zone = new LocalTimes(options.timezone);
  return remembering((text) => {
    const written = read(text);
    if ('code' in written) return written;
    const instant = instantOf(written, zone, options.ambiguousTimes);
    if (typeof instant !== 'number') return instant;
    if (instant < MIN_INSTANT || instant > MAX_INSTANT) return FLAWS.timeOutOfRange;
    return new Date(instant).toISOString();
  });
}

/** Reads YYYY-MM-DD; of an instant, the day that it falls on in the timezone. */
export function dateReader(options: TimeOptions): (text: string) => string | Flaw {
  const read = writtenReader(options, FLAWS.invalidDate);
  const zone = new LocalTimes(options.timezone);
  return remembering((text) => {
    const written = read(text);
    if ('code' in written) return written;
    const { local, offset } = written;
    const day = offset === null ? local : zone.localOf(local - offset);
    if (day < MIN_INSTANT || day > MAX_INSTANT) return FLAWS.timeOutOfRange;
    return new Date(day).toISOString().slice(0, 10);
  });
}

/** A year beyond is refused here, as no timezone need be asked about it. */
function writtenReader(
  { format }: TimeOptions,
  invalid: Flaw,
): (text: string) => WrittenTime | Flaw {
  const read = format === null ? readWrittenTime : formatReader(format);
  return (text) => {
    const written = read(text);
    if (written === null) return isBareNumber(text) ? FLAWS.mangledTime : invalid;
    const isNear = written.year >= MIN_YEAR - 1 && written.year <= MAX_YEAR + 1;
    return isNear ? written : FLAWS.timeOutOfRange;
  };
}

function instantOf(
  { local, offset }: WrittenTime,
  zone: LocalTimes,
  ambiguousTimes: AmbiguousTimes,
): number | Flaw {
  if (offset !== null) return local - offset;
  const [earlier, later] = zone.instantsOf(local);
  if (earlier === undefined) return FLAWS.skippedTime;
  if (later === undefined) return earlier;
  if (ambiguousTimes === 'reject') return FLAWS.ambiguousTime;
  return ambiguousTimes === 'earlier' ? earlier : later;
}

const isBareNumber = (text: string) => text.length <= 40 && /^[+-]?\d+(?:[.,]\d+)?$/.test(text);
