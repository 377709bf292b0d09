/**
 * What can be wrong with a value: one constant each, so that telling a good value from a bad one
 * costs nothing and no detail can hold a row's data. For the readers of values in this folder.
 */
export type Scalar = string | number | boolean | null;

export interface Flaw {
  code: string;
  detail: string;
}

const flaw = (code: string, detail: string): Flaw => Object.freeze({ code, detail });

export const FLAWS = {
  missing: flaw('missing', 'it is required and empty'),
  invalidDecimal: flaw('invalid_decimal', 'it is not a plain decimal number such as 1234.50'),
  invalidDecimalComma: flaw(
    'invalid_decimal',
    'it is not a decimal number with a comma such as 1234,50 or 1.234,50',
  ),
  notARate: flaw('invalid_rate', 'it is not above zero'),
  tooManyDecimals: flaw('too_many_decimals', 'it has more than 6 decimals'),
  decimalOutOfRange: flaw('out_of_range', 'it is 1,000,000,000,000 or more'),
  invalidInteger: flaw('invalid_integer', 'it is not a whole number'),
  integerOutOfRange: flaw('out_of_range', 'it is beyond 2^53'),
  invalidTime: flaw('invalid_time', 'it is not a time in the expected form'),
  invalidDate: flaw('invalid_date', 'it is not a date in the expected form'),
  mangledTime: flaw(
    'mangled_time',
    'it is a bare number, as a spreadsheet leaves of a time; a Unix time needs the format X or x',
  ),
  timeOutOfRange: flaw('out_of_range', 'it lies outside the years 1970 to 2149'),
  ambiguousTime: flaw(
    'ambiguous_time',
    'it comes twice in its timezone, as a clock change repeats it; see ambiguous_times',
  ),
  skippedTime: flaw(
    'skipped_time',
    'it does not exist in its timezone, as a clock change skips it',
  ),
  invalidBoolean: flaw('invalid_boolean', 'it is none of true, false, t, f, yes, no, y, n, 1, 0'),
  unknownCurrency: flaw('unknown_currency', 'it is not a currency of ISO 4217'),
  unknownStatus: flaw('unknown_status', 'it is none of pending, paid, cancelled, refunded'),
  mangledId: flaw('mangled_id', 'it is an id that a spreadsheet or a float has altered'),
  idTooLong: flaw('too_long', 'it has more than 200 characters'),
  textTooLong: flaw('too_long', 'it has more than 20,000 characters'),
} as const;

/** Values are never objects, so the type alone tells. */
export function isFlaw(value: Scalar | Flaw): value is Flaw {
  return typeof value === 'object' && value !== null;
}
