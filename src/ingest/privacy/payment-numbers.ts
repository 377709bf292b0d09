/**
 * Finds payment card numbers and IBANs in text and puts a plain mark in their place. No token: what
 * pays is of no use to any question, so nothing that leads back to it is kept, not even in the
 * vault. Both carry check digits, by which other numbers are left alone. Linear in the text.
 */
export const CARD_MARK = '[card]';
export const IBAN_MARK = '[iban]';

/** ISO/IEC 7812-1: an account number of 13 to 19 digits is what cards bear. */
const CARD_DIGITS_MIN = 13;
const CARD_DIGITS_MAX = 19;
const PHONE_DIGITS_MAX = 15;
/** How long the IBANs of each country are (SWIFT's registry of ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18
  DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23
  IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27
  MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19
  SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** What may stand between the groups of a number. */
const GAP = String.raw`[ \t\u00a0\u2000-\u2015\u202f-]{0,4}`;
const CARD_RUN = new RegExp(String.raw`\+?\d(?:${GAP}\d){12,}`, 'g');
const MAY_HOLD_CARD = new RegExp(String.raw`\d(?:${GAP}\d){12}`);
const IBAN_START = /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?:[ \u00a0-]?[a-z\d]){11}/giu;
const MAY_HOLD_IBAN = /[a-z]{2}\d{2}[ \u00a0-]?[a-z\d]{2}/i;
const PLAIN_DIGITS = /^\d+$/;

/** Keys under which people write; elsewhere a text of digits alone is some number of the shop. */
const PROSE_KEY =
  /(?:body|text|title|subject|comments?|message|notes?|review|feedback|description|answer|question|reason|summary)$/;

/** Keys whose value is a card's number, as text or as a number. */
const CARD_KEY = /(?:cardnumber|cardno|ccnumber|ccno|creditcard)$/;

export const isCardKey = (key: string): boolean => CARD_KEY.test(key);

/** A cheap test before the search: few texts have so many digits. */
export function mayHoldPaymentNumber(text: string): boolean {
  return text.length >= CARD_DIGITS_MIN && (MAY_HOLD_CARD.test(text) || MAY_HOLD_IBAN.test(text));
}

/** The text under a (normalised) key with marks in the place of card numbers and IBANs. */
export function maskPaymentNumbers(text: string, key: string): string {
  if (!mayHoldPaymentNumber(text)) return text;
  if (PLAIN_DIGITS.test(text) && !PROSE_KEY.test(key) && !isCardKey(key)) return text;
  return maskIbans(text).replace(CARD_RUN, maskCards);
}

/** The groups of a run that together are a card, the longest first, become one mark. */
function maskCards(run: string): string {
  const groups = [...run.matchAll(/\d+/g)].map((match) => ({
    digits: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  let result = '';
  let copied = 0;
  const afterPhone = run.startsWith('+') ? groupsOfPhone(groups) : 0;
  for (let first = afterPhone; first < groups.length; first += 1) {
    const last = lastOfCard(groups, first);
    if (last < 0) continue;
    result += run.slice(copied, groups[first]!.start) + CARD_MARK;
    copied = groups[last]!.end;
    first = last;
  }
  return result + run.slice(copied);
}

/** How many groups after a `+` are a phone number, which has at most fifteen digits (E.164). */
function groupsOfPhone(groups: readonly { digits: string }[]): number {
  let digits = 0;
  const beyond = groups.findIndex((group) => (digits += group.digits.length) > PHONE_DIGITS_MAX);
  return beyond < 0 ? groups.length : beyond;
}

function lastOfCard(groups: readonly { digits: string }[], first: number): number {
  let digits = '';
  let found = -1;
  for (let last = first; last < groups.length; last += 1) {
    digits += groups[last]!.digits;
    if (digits.length > CARD_DIGITS_MAX) break;
    const lengths = groups.slice(first, last + 1).map((group) => group.digits.length);
    const isLong = digits.length >= CARD_DIGITS_MIN;
    if (isLong && isGroupedAsCard(lengths) && isCardNumber(digits)) found = last;
  }
  return found;
}

/** In one, by fours, as 4-6-5 or 4-6-4, or digit by digit; a range of dates is none of these. */
function isGroupedAsCard(lengths: readonly number[]): boolean {
  if (lengths.length === 1 || lengths.every((length) => length === 1)) return true;
  if (lengths.length === 3 && lengths[0] === 4 && lengths[1] === 6) return lengths[2]! <= 5;
  return lengths.slice(0, -1).every((length) => length === 4) && lengths.at(-1)! <= 4;
}

/** Luhn's check (ISO/IEC 7812-1, annex B). No card begins with 0. */
export function isCardNumber(digits: string): boolean {
  if (digits.startsWith('0')) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function maskIbans(text: string): string {
  let result = '';
  let copied = 0;
  IBAN_START.lastIndex = 0;
  for (let match = IBAN_START.exec(text); match; match = IBAN_START.exec(text)) {
    const end = endOfIban(text, match.index);
    IBAN_START.lastIndex = end < 0 ? match.index + 1 : end;
    if (end < 0) continue;
    result += text.slice(copied, match.index) + IBAN_MARK;
    copied = end;
  }
  return result + text.slice(copied);
}

/** Where an IBAN of its country's length ends, if the check holds there; -1 for none. */
function endOfIban(text: string, start: number): number {
  const length = IBAN_LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return -1;
  let account = '';
  for (let index = start; index < text.length; index += 1) {
    const char = text[index]!;
    if (!/[a-z\d]/i.test(char)) {
      if (/[ \u00a0-]/.test(char)) continue;
      break;
    }
    account += char.toUpperCase();
    if (account.length < length) continue;
    const isEndOfGroup = !/[\p{L}\p{N}]/u.test(text[index + 1] ?? '');
    return isEndOfGroup && isIban(account) ? index + 1 : -1;
  }
  return -1;
}

/** The check of ISO 13616: as a number, the first four characters last, it is 1 modulo 97. */
export function isIban(account: string): boolean {
  const moved = account.slice(4) + account.slice(0, 4);
  let remainder = 0;
  for (const char of moved) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
