/**
 * Protects one string: URLs by the names of their parameters, then e-mails, IBANs, cards and phones
 * by their shape. Tokens already in the text are walls that no pattern looks through, so that a second pass
 * finds nothing new.
 */
import { decodePercent, TOKEN_IN_TEXT } from '../../platform/vault/tokeniser.js';
import { findEmails } from './emails.js';
import { isIdentifierKey, isQueryKey, isUrlKey } from './keys.js';
import type { Ledger } from './ledger.js';
import { RecentTexts } from './remembering.js';
import { maskPaymentNumbers, mayHoldPaymentNumber } from './payment-numbers.js';
import { findPhone } from './phones.js';
import { hasParameters, protectParameters, withoutUserinfo } from './urls.js';

/** URLs inside parameters of URLs are followed this deep. */
const NESTING_MAX = 3;
/** A replacement can free a neighbour to be recognised; in practice the second round is the last. */
const ROUNDS_MAX = 4;

const URL_ALONE = /^(?:[a-z][a-z0-9+.-]{0,30}:\/\/|[/?#])\S*$/i;
const BARE_QUERY = /^[^\s=&?#]{1,256}=/;
/** No e-mail, phone, parameter or user name can stand in a text without one of these. */
const MAY_BE_PERSONAL = /[@＠﹫+＋%?#]|:\/\/|\d[-. /)]|00/;

/** The same, where digits are never a nationally written phone. */
const MAY_BE_PERSONAL_IN_IDENTIFIER = /[@＠﹫+＋%?#]|:\/\//;

function mayBePersonal(text: string, key: string): boolean {
  if (isQueryKey(key)) return true;
  if (isIdentifierKey(key)) return MAY_BE_PERSONAL_IN_IDENTIFIER.test(text);
  return MAY_BE_PERSONAL.test(text) || mayHoldPaymentNumber(text);
}

/** Texts under their keys in which nothing was found: pages, products and browsers repeat. */
const cleanTexts = new RecentTexts();

type PhoneSearch = 'free_text' | 'plus_only';

function outsideTokens(text: string, protect: (piece: string) => string): string {
  let result = '';
  let copied = 0;
  for (const match of text.matchAll(TOKEN_IN_TEXT)) {
    result += protect(text.slice(copied, match.index)) + match[0];
    copied = match.index + match[0].length;
  }
  return result + protect(text.slice(copied));
}

/** Protects the strings of one event; what it replaces goes to the ledger. */
export class TextProtector {
  constructor(private readonly ledger: Ledger) {}

  /** The string under a (normalised) key, protected. The field is where it stands in the event. */
  protect(text: string, key: string, field: string): string {
    if (!mayBePersonal(text, key)) return text;
    const name = `${key}\0${text}`;
    if (cleanTexts.has(name)) return text;
    let result = text;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const before = result;
      result = this.protectNested(before, key, field, 0);
      if (result === before) break;
    }
    // Nothing is recorded without a token that takes its place.
    if (result === text) cleanTexts.add(name);
    return result;
  }

  private protectNested(text: string, key: string, field: string, depth: number): string {
    if (!mayBePersonal(text, key)) return text;
    const isBareQuery = isQueryKey(key) && BARE_QUERY.test(text);
    const isWholeUrl = isBareQuery || URL_ALONE.test(text) || isUrlKey(key);
    const phones = isWholeUrl || isIdentifierKey(key) ? 'plus_only' : 'free_text';
    const parameters = this.protectQuery(withoutUserinfo(text), key, field, depth, isWholeUrl);
    const isProse = phones === 'free_text';
    const unpaid = isProse ? this.withoutPaymentNumbers(parameters, key) : parameters;
    return this.protectPatterns(unpaid, phones, field);
  }

  /** Before phones are looked for, which a part of such a number might resemble. */
  private withoutPaymentNumbers(text: string, key: string): string {
    return outsideTokens(text, (piece) => maskPaymentNumbers(piece, key));
  }

  private protectQuery(
    text: string,
    key: string,
    field: string,
    depth: number,
    isWholeUrl: boolean,
  ): string {
    if (depth > NESTING_MAX) return text;
    const reading = {
      ledger: this.ledger,
      field,
      isWholeUrl,
      protectValue: (decoded: string, name: string): string =>
        this.protectNested(decoded, name, field, depth + 1),
      protectInPlace: (raw: string): string => this.protectPatterns(raw, 'plus_only', field),
    };
    if (hasParameters(text)) return protectParameters(text, reading);
    // `context.page.search` may come without its question mark.
    if (isQueryKey(key) && BARE_QUERY.test(text)) {
      return protectParameters(`?${text}`, reading).slice(1);
    }
    return this.protectEncodedUrl(text, key, field, depth);
  }

  /** A URL that is encoded as a whole hides its parameters until it is decoded. */
  private protectEncodedUrl(text: string, key: string, field: string, depth: number): string {
    if (!/%(?:25){0,5}3d/i.test(text)) return text;
    const decoded = decodePercent(text);
    if (!hasParameters(decoded)) return text;
    const result = this.protectNested(decoded, key, field, depth + 1);
    if (result === decoded) return text;
    const inPlace = this.protectPatterns(text, 'plus_only', field);
    return decodePercent(inPlace) === result ? inPlace : encodeURIComponent(result.toWellFormed());
  }

  private protectPatterns(text: string, phones: PhoneSearch, field: string): string {
    const withoutEmails = outsideTokens(text, (piece) => this.replaceEmails(piece, field));
    return outsideTokens(withoutEmails, (piece) => this.replacePhones(piece, phones, field));
  }

  private replaceEmails(text: string, field: string): string {
    let result = '';
    let copied = 0;
    for (const match of findEmails(text)) {
      result += text.slice(copied, match.start);
      result += this.ledger.record('email', match.value, field);
      copied = match.end;
    }
    return result + text.slice(copied);
  }

  private replacePhones(text: string, search: PhoneSearch, field: string): string {
    let result = '';
    let rest = text;
    for (let match = findPhone(rest, search); match; match = findPhone(rest, search)) {
      result += rest.slice(0, match.start);
      result += this.ledger.record('phone', match.value, field);
      rest = rest.slice(match.end);
    }
    return result + rest;
  }
}
