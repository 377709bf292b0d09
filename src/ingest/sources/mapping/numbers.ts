/** Decimals and whole numbers: read from text exactly, multiplied and negated as text. Pure. */
import { FLAWS, type Flaw } from './flaws.js';

const MAX_DECIMALS = 6;
const MAX_INTEGER_DIGITS = 12;
/** No number that anyone means is longer. */
const MAX_LENGTH = 100;
const MAX_INTEGER = 2n ** 53n;

const WITH_POINT = /^([+-]?)(\d*)(?:\.(\d*))?$/;
/** A group that begins with 0 would be a number with a decimal point, such as 0.125. */
const WITH_COMMA = /^([+-]?)(\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d*))?$/;

const ZERO = 48;
const FIVE = 53;
const NINE = 57;
const MINUS = 45;
const POINT = 46;

interface Digits {
  sign: '-' | '';
  /** Without leading zeros; at least one digit. */
  whole: string;
  fraction: string;
}

/** A plain decimal string: at most 6 decimals, absolutely below 10^12. */
export function readDecimal(text: string, comma: boolean): string | Flaw {
  if (isPlain(text, comma)) return text;
  const digits = digitsOf(text, comma);
  if (!digits) return comma ? FLAWS.invalidDecimalComma : FLAWS.invalidDecimal;
  const { sign, whole, fraction } = digits;
  if (whole.length > MAX_INTEGER_DIGITS) return FLAWS.decimalOutOfRange;
  if (/[^0]/.test(fraction.slice(MAX_DECIMALS))) return FLAWS.tooManyDecimals;
  const decimals = fraction.slice(0, MAX_DECIMALS);
  const value = decimals === '' ? whole : `${whole}.${decimals}`;
  return sign === '-' && /[1-9]/.test(value) ? `-${value}` : value;
}

/** Rounded half up (away from zero) to so many decimals, without trailing zeros. */
export function readRounded(text: string, comma: boolean, decimals: number): string | Flaw {
  const digits = digitsOf(text, comma);
  if (!digits) return comma ? FLAWS.invalidDecimalComma : FLAWS.invalidDecimal;
  const { sign, whole, fraction } = digits;
  return fromScaled(`${whole}${fraction}`, sign === '-', fraction.length, decimals);
}

/** A whole number up to 2^53; `17.0` is one too. */
export function readInteger(text: string, comma: boolean): number | Flaw {
  const digits = digitsOf(text, comma);
  if (!digits || /[^0]/.test(digits.fraction)) return FLAWS.invalidInteger;
  const { sign, whole } = digits;
  if (whole.length > 15 && BigInt(whole) > MAX_INTEGER) return FLAWS.integerOutOfRange;
  // Adding 0 turns −0 into 0.
  return Number(sign + whole) + 0;
}

/** For comparisons: a number however large or precise, as the nearest double. */
export function readNumber(text: string, comma: boolean): number | Flaw {
  if (isPlain(text, comma)) return Number(text);
  const digits = digitsOf(text, comma);
  if (!digits) return comma ? FLAWS.invalidDecimalComma : FLAWS.invalidDecimal;
  return Number(`${digits.sign}${digits.whole}.${digits.fraction}`);
}

/**
 * The exact product of plain decimals, rounded half up (away from zero) to 6 decimals, without
 * trailing zeros.
 */
export function multiply(factors: readonly string[]): string | Flaw {
  let product = 1;
  let scale = 0;
  for (const factor of factors) {
    product *= Number(unscaled(factor));
    scale += scaleOf(factor);
  }
  const isNegative = product < 0;
  // A product of whole doubles is exact as long as it is this small.
  if (Math.abs(product) < 1e15) return fromScaled(String(Math.abs(product)), isNegative, scale);
  const exact = factors.reduce((value, factor) => value * BigInt(unscaled(factor)), 1n);
  return fromScaled(String(isNegative ? -exact : exact), isNegative, scale);
}

export function negated(decimal: string): string {
  if (decimal.charCodeAt(0) === MINUS) return decimal.slice(1);
  return /[1-9]/.test(decimal) ? `-${decimal}` : decimal;
}

function scaleOf(decimal: string): number {
  const point = decimal.indexOf('.');
  return point === -1 ? 0 : decimal.length - point - 1;
}

function unscaled(decimal: string): string {
  const point = decimal.indexOf('.');
  return point === -1 ? decimal : decimal.slice(0, point) + decimal.slice(point + 1);
}

function fromScaled(
  digits: string,
  isNegative: boolean,
  scale: number,
  decimalsMax = MAX_DECIMALS,
): string | Flaw {
  const decimals = Math.min(scale, decimalsMax);
  const kept = (scale > decimals ? rounded(digits, scale - decimals) : digits).padStart(
    decimals + 1,
    '0',
  );
  const point = kept.length - decimals;
  if (point > MAX_INTEGER_DIGITS) return FLAWS.decimalOutOfRange;
  let end = kept.length;
  while (end > point && kept.charCodeAt(end - 1) === ZERO) end--;
  const value =
    end === point ? kept.slice(0, point) : `${kept.slice(0, point)}.${kept.slice(point, end)}`;
  return isNegative && value !== '0' ? `-${value}` : value;
}

/** `digits` without the last `dropped` ones. */
function rounded(digits: string, dropped: number): string {
  const all = digits.padStart(dropped + 1, '0');
  const kept = all.slice(0, -dropped);
  return all.charCodeAt(kept.length) >= FIVE ? String(BigInt(kept) + 1n) : kept;
}

/** What most decimals are already: 1 to 12 digits and up to 6 decimals, perhaps a minus. */
function isPlain(text: string, comma: boolean): boolean {
  let at = text.charCodeAt(0) === MINUS ? 1 : 0;
  const start = at;
  while (isDigit(text, at)) at++;
  const whole = at - start;
  if (whole === 0 || whole > MAX_INTEGER_DIGITS) return false;
  if (at === text.length) return true;
  if (comma || text.charCodeAt(at) !== POINT) return false;
  const point = at++;
  while (isDigit(text, at)) at++;
  const decimals = at - point - 1;
  return at === text.length && decimals > 0 && decimals <= MAX_DECIMALS;
}

/** False past the end, where the code is NaN. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}

function digitsOf(text: string, comma: boolean): Digits | null {
  if (text.length > MAX_LENGTH) return null;
  const match = (comma ? WITH_COMMA : WITH_POINT).exec(text);
  if (!match) return null;
  const [, sign, integer, fraction = ''] = match;
  if (integer === '' && fraction === '') return null;
  const whole = integer!.replaceAll('.', '').replace(/^0+(?=\d)/, '') || '0';
  return { sign: sign === '-' ? '-' : '', whole, fraction };
}
