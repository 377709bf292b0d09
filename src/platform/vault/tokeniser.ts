/**
 * Responsible for one thing: the same personal value gives the same token from every side.
 * Whatever takes data in may import it; it does no I/O and keeps nothing but the key.
 */
import { createHmac } from 'node:crypto';

/** The kinds of personal data that are replaced by tokens. */
export type PersonalKind = 'email' | 'phone' | 'name' | 'address' | 'birthday';

const PREFIXES: Record<PersonalKind | 'trait', string> = {
  email: 'eml_',
  phone: 'phn_',
  name: 'nam_',
  address: 'adr_',
  birthday: 'bdy_',
  trait: 'trt_',
};

const TOKEN_HEX_CHARS = 32;
const DECODE_ROUNDS_MAX = 6;

/** Finds every token inside a text; global, so for `matchAll` only, which keeps no state in it. */
export const TOKEN_IN_TEXT = /(?:eml|phn|nam|adr|bdy|trt)_[0-9a-f]{32}/g;

const WHOLE_TOKEN = /^(?:eml|phn|nam|adr|bdy|trt)_[0-9a-f]{32}$/;

/** True if the text is exactly one token, which must then be left alone. */
export function isToken(text: string): boolean {
  return WHOLE_TOKEN.test(text);
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    // A run with one broken byte must not hide the '@' beside it, so its ASCII part is decoded.
    return run.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

/** Undoes one layer of percent-encoding. Never throws; broken escapes stay as they are. */
export function decodePercentOnce(text: string): string {
  return text.includes('%') ? text.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun) : text;
}

/** Undoes percent-encoding until nothing changes, at most six layers. Never throws. */
export function decodePercent(text: string): string {
  let decoded = text;
  for (let round = 0; round < DECODE_ROUNDS_MAX; round += 1) {
    const next = decodePercentOnce(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return decoded;
}

function normalisePhone(value: string): string {
  const digits = decodePercent(value).replace(/\D/g, '').replace(/^00/, '');
  // Text without digits ('n/a') keeps its words, or all such values would share one token.
  return digits === '' ? value.toLowerCase() : digits;
}

function normaliseBirthday(value: string): string {
  // The day as written is the birthday; a shift to UTC could move it to the day before.
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
  return isDate ? value.slice(0, 10) : value.toLowerCase();
}

function normaliseEmail(value: string): string {
  const decoded = /%(?:25)*40/i.test(value) ? decodePercent(value) : value;
  return decoded.normalize('NFKC').trim().toLowerCase();
}

/**
 * The form of a value that its token is made of: NFKC and trimmed, then by kind. E-mails are lower
 * case and percent-decoded; phones are digits without a leading `+` or `00`; names and addresses
 * are lower case with single spaces; birthdays are `YYYY-MM-DD` where they begin with such a date.
 */
export function normalise(kind: PersonalKind, value: string): string {
  const trimmed = value.normalize('NFKC').trim();
  switch (kind) {
    case 'email':
      return normaliseEmail(trimmed);
    case 'phone':
      return normalisePhone(trimmed);
    case 'birthday':
      return normaliseBirthday(trimmed);
    case 'name':
    case 'address':
      return trimmed.toLowerCase().replace(/\s+/g, ' ');
  }
}

/** Makes tokens with one secret key; another key gives tokens that match nothing. */
export class Tokeniser {
  constructor(private readonly key: Buffer) {}

  /**
   * The token of a value: the kind's prefix and 32 hex characters of HMAC-SHA256 over the kind and
   * the normalised value. A `trait` is the JSON of a dropped trait and is taken as it is.
   */
  token(kind: PersonalKind | 'trait', value: string): string {
    const normal = kind === 'trait' ? value.normalize('NFKC').trim() : normalise(kind, value);
    const digest = createHmac('sha256', this.key).update(`${kind}\0${normal}`).digest('hex');
    return PREFIXES[kind] + digest.slice(0, TOKEN_HEX_CHARS);
  }
}
