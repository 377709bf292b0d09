/** Reads a time by a format of the mapping, in Luxon's tokens, and tells formats that cannot work. */
import { DateTime } from 'luxon';
import type { WrittenTime } from './written-time.js';

/** Month and weekday names are read in English, whatever the host speaks. */
const OPTIONS = { locale: 'en-US', zone: 'utc' } as const;

/** Not at midnight, so that a lost hour shows, and in the afternoon, so that h without a does. */
const SAMPLE = DateTime.fromISO('2013-04-29T17:45:56.789Z', { zone: 'utc' });

/** Tokens whose meaning does not depend on a locale's habits. */
const TOKENS = /^[yMLdoHhmsSuaEcZkWq]*$/;

/** Luxon writes Unix times by these tokens, in seconds and milliseconds, but does not read them. */
const UNIX_UNITS_MS: Record<string, number> = { X: 1000, x: 1 };

/** Null, or why times cannot be read by this format. */
export function formatProblem(format: string): string | null {
  if (Object.hasOwn(UNIX_UNITS_MS, format)) return null;
  const letters = bareLetters(format);
  if (!TOKENS.test(letters)) {
    const unknown = [...letters].find((letter) => !TOKENS.test(letter))!;
    return `${unknown} in the format ${format} is no token that can be read; letters that stand for themselves go in quotes: '${unknown}'`;
  }
  const back = writtenAndRead(format);
  const words = `the format ${format} does not read back what it writes`;
  if (!back?.isValid) return `${words}; its tokens are Luxon's, such as dd/MM/yyyy HH:mm`;
  if (!back.hasSame(SAMPLE, 'day')) return `${words}: it lacks the year, the month or the day`;
  if (back.hour !== 0 && back.hour !== SAMPLE.hour) return `${words}: h needs a, or take H`;
  return null;
}

/** Null for tokens that Luxon cannot take together, such as the day of the year and a month. */
function writtenAndRead(format: string): DateTime | null {
  try {
    return DateTime.fromFormat(SAMPLE.toFormat(format, OPTIONS), format, OPTIONS);
  } catch {
    return null;
  }
}

/** For a format without a problem. */
export function formatReader(format: string): (text: string) => WrittenTime | null {
  if (Object.hasOwn(UNIX_UNITS_MS, format)) return unixReader(UNIX_UNITS_MS[format]!);
  const parser = DateTime.buildFormatParser(format, OPTIONS);
  const isInstant = bareLetters(format).includes('Z');
  return (text) => {
    const time = DateTime.fromFormatParser(text, parser, OPTIONS);
    if (!time.isValid) return null;
    return { local: time.toMillis(), offset: isInstant ? 0 : null, year: time.year };
  };
}

/** Fractions of a millisecond are cut off. */
function unixReader(unitMs: number): (text: string) => WrittenTime | null {
  return (text) => {
    if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return null;
    const [whole = '', fraction = ''] = text.split('.');
    const thousandths = Number(fraction.slice(0, 3).padEnd(3, '0'));
    const local = Number(whole) * unitMs + (unitMs === 1 ? 0 : thousandths);
    return { local, offset: 0, year: new Date(local).getUTCFullYear() };
  };
}

const bareLetters = (format: string) => format.replace(/'[^']*'/g, '').replace(/[^A-Za-z]/g, '');
