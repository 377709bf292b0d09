/** Reads a written time without deciding where it was: ISO 8601 and SQL forms, by character. Pure. */

export interface WrittenTime {
  /** What the clock showed, as if in UTC, in milliseconds. */
  local: number;
  /** Milliseconds east of UTC; null if none is written. */
  offset: number | null;
  year: number;
}

const MINUTE_MS = 60_000;
const MAX_LENGTH = 40;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `2010-12-01`, with `T08:26`, ` 08:26:00.123456`, and `Z`, ` UTC`, `+00`, `+0100`, `+01:00`. */
export function readWrittenTime(text: string): WrittenTime | null {
  if (text.length < 10 || text.length > MAX_LENGTH) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text[4] !== '-' || text[7] !== '-' || !isDay(year, month, day)) return null;
  const midnight = utc(year, month, day);
  if (text.length === 10) return { local: midnight, offset: null, year };
  const clock = readClock(text);
  return clock && { local: midnight + clock.sinceMidnight, offset: clock.offset, year };
}

/** From the eleventh character on. */
function readClock(text: string): { sinceMidnight: number; offset: number | null } | null {
  if (!' Tt'.includes(text[10]!)) return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (text[13] !== ':' || !(hour <= 23) || !(minute <= 59)) return null;
  let sinceMidnight = (hour * 60 + minute) * MINUTE_MS;
  let at = 16;
  if (text[at] === ':') {
    const second = digits(text, 17, 2);
    if (!(second <= 59)) return null;
    sinceMidnight += second * 1000;
    at = 19;
    if (text[at] === '.' || text[at] === ',') {
      const start = ++at;
      while (isDigit(text, at)) at++;
      if (at === start) return null;
      // A millisecond that has begun is not over: finer digits are cut off.
      sinceMidnight += Number(text.slice(start, Math.min(at, start + 3)).padEnd(3, '0'));
    }
  }
  if (at === text.length) return { sinceMidnight, offset: null };
  const offset = readOffset(text[at] === ' ' ? text.slice(at + 1) : text.slice(at));
  return offset === null ? null : { sinceMidnight, offset };
}

function readOffset(text: string): number | null {
  if (text === 'Z' || text === 'z' || text === 'UTC') return 0;
  const sign = text[0] === '+' ? 1 : text[0] === '-' ? -1 : 0;
  const hours = digits(text, 1, 2);
  const minutes =
    text.length === 3
      ? 0
      : text.length === 5
        ? digits(text, 3, 2)
        : text.length === 6 && text[3] === ':'
          ? digits(text, 4, 2)
          : NaN;
  const isOffset = sign !== 0 && hours <= 15 && minutes <= 59;
  return isOffset ? sign * (hours * 60 + minutes) * MINUTE_MS : null;
}

/** NaN, which no comparison lets pass, unless there are as many digits. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    if (!isDigit(text, at)) return NaN;
    value = value * 10 + text.charCodeAt(at) - 48;
  }
  return value;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 0) || !(month >= 1 && month <= 12) || !(day >= 1)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS[month - 1]! + (month === 2 && isLeap ? 1 : 0);
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999. */
function utc(year: number, month: number, day: number): number {
  return year < 100 ? -Infinity : Date.UTC(year, month - 1, day);
}
