/** One converter for each type of field: from the text of a cell to the form it is kept in. Pure. */
import { ORDER_STATUSES, type FieldType } from '../entities.js';
import { countryOf } from './countries.js';
import { FLAWS, type Flaw, type Scalar } from './flaws.js';
import { remembering } from './memory.js';
import { negated, readDecimal, readInteger, readRounded } from './numbers.js';
import { dateReader, timestampReader, type TimeOptions } from './times.js';

export interface ConvertOptions extends TimeOptions {
  decimalComma: boolean;
  negate: boolean;
  /** To so many decimals, as programs write 1.43 as 1.429999948; else too many are a flaw. */
  round?: number | null;
  /** Put before ids and texts. */
  prefix: string;
}

/** Takes a text that is trimmed and not empty. */
export type Convert = (text: string) => Scalar | Flaw;

/** Enough for what a rupiah is in dinars; programs write more digits than a rate has. */
const RATE_DECIMALS = 12;
const MAX_ID_LENGTH = 200;
const MAX_TEXT_LENGTH = 20_000;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const STATUSES: ReadonlySet<string> = new Set(ORDER_STATUSES);

const BOOLEANS = new Map(
  Object.entries({
    ...{ true: true, t: true, yes: true, y: true, 1: true },
    ...{ false: false, f: false, no: false, n: false, 0: false },
  }),
);

/**
 * 5.36E+05, 1.5e16 and 17850.0 were longer or shorter ids once; #N/A was never one. What only
 * might be a number, such as the SKUs 1E5 and 5E-12, is left alone.
 */
const MANGLED_IDS =
  /^-?\d+\.0+$|^-?\d+(?:[.,]\d+)?[eE]\+\d+$|^-?\d[.,]\d+[eE]-?\d+$|^#(?:N\/A|REF!|NAME\?|VALUE!|DIV\/0!|NULL!|NUM!)$/;

export function converterOf(type: FieldType, options: ConvertOptions): Convert {
  const { decimalComma, negate, prefix } = options;
  switch (type) {
    case 'id':
      return (text) => readId(text, prefix);
    case 'text':
      return (text) => withinLength(prefix + wellFormed(text), MAX_TEXT_LENGTH, FLAWS.textTooLong);
    case 'decimal':
      return decimalConverter(options);
    case 'rate':
      return (text) => readRate(text, decimalComma);
    case 'integer':
      return (text) => {
        const value = readInteger(text, decimalComma);
        return negate && typeof value === 'number' ? 0 - value : value;
      };
    case 'timestamp':
      return timestampReader(options);
    case 'date':
      return dateReader(options);
    case 'boolean':
      return (text) => BOOLEANS.get(text.toLowerCase()) ?? FLAWS.invalidBoolean;
    case 'currency':
      return (text) => currencyOf(text) ?? FLAWS.unknownCurrency;
    case 'country':
      return remembering(readCountry);
    case 'status':
      return readStatus;
  }
}

function decimalConverter({ decimalComma, negate, round = null }: ConvertOptions): Convert {
  const read = (text: string) =>
    round === null ? readDecimal(text, decimalComma) : readRounded(text, decimalComma, round);
  if (!negate) return read;
  return (text) => {
    const value = read(text);
    return typeof value === 'string' ? negated(value) : value;
  };
}

function readRate(text: string, decimalComma: boolean): string | Flaw {
  const rate = readRounded(text, decimalComma, RATE_DECIMALS);
  if (typeof rate !== 'string') return rate;
  return rate.startsWith('-') || !/[1-9]/.test(rate) ? FLAWS.notARate : rate;
}

/** An id as Excel protects it, ="00123", is unwrapped. */
export function readId(text: string, prefix = ''): string | null | Flaw {
  const isWrapped = text.startsWith('="') && text.endsWith('"') && text.length > 2;
  const id = isWrapped ? text.slice(2, -1).trim() : text;
  if (id === '') return null;
  if (id.length <= MAX_ID_LENGTH && MANGLED_IDS.test(id)) return FLAWS.mangledId;
  return withinLength(prefix + wellFormed(id), MAX_ID_LENGTH, FLAWS.idTooLong);
}

/** What neither JSON nor the warehouse may hold becomes U+FFFD: NUL and lone surrogates. */
export function wellFormed(text: string): string {
  const whole = text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
  return whole.toWellFormed();
}

function withinLength(text: string, max: number, flaw: Flaw): string | Flaw {
  return text.length > max ? flaw : text;
}

/** The code in capitals, or null if there is no such currency. */
export function currencyOf(text: string): string | null {
  const code = text.toUpperCase();
  return CURRENCIES.has(code) ? code : null;
}

function readCountry(text: string): string | null | Flaw {
  if (text.length > MAX_ID_LENGTH) return FLAWS.idTooLong;
  return countryOf(wellFormed(text));
}

function readStatus(text: string): string | Flaw {
  const status = text.toLowerCase();
  return STATUSES.has(status) ? status : FLAWS.unknownStatus;
}
