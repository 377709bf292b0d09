/**
 * Finds personal data in URLs and query strings by the names of their parameters. Works on any text
 * that holds one, and keeps every byte that is not personal, because marketing reads the rest.
 */
import {
  decodePercent,
  decodePercentOnce,
  type PersonalKind,
} from '../../platform/vault/tokeniser.js';
import {
  isNetworkAddressKey,
  normaliseKey,
  personalKind,
  ROOT_SCOPE,
  scopeUnder,
  type Scope,
} from './keys.js';
import type { Ledger } from './ledger.js';

const USERINFO = /((?:^|:)\/\/)[^\s/?#]*@/g;
const PARAMETER_KEY = /[?#&;]([^\s=&#?;]{1,256})=/g;
const HAS_PARAMETER = /[?#&;][^\s=&#?;]{1,256}=/;
/** In prose a URL ends at white space, a quote or a bracket; alone in its field it ends with it. */
const VALUE_IN_PROSE = /[^\s&#"<>]*/y;
const VALUE_IN_URL = /[^&#]*/y;
/** A parameter that is not personal ends at `?` as well, for an unencoded URL may stand in it. */
const PLAIN_VALUE = /[^\s&#?;"<>]*/y;

/** A bare `name` in a query is a person's: products are named in paths. */
const QUERY_SCOPE: Scope = { ...ROOT_SCOPE, isPerson: true };

/** Removes `user:password@` from every URL in the text. */
export function withoutUserinfo(text: string): string {
  return text.includes('@') ? text.replace(USERINFO, '$1') : text;
}

/** True if the text has a `?` or `#` and a `key=value` behind such a sign. */
export function hasParameters(text: string): boolean {
  return /[?#]/.test(text) && HAS_PARAMETER.test(text);
}

/** One layer of form encoding undone; a plus stays where it belongs to an e-mail or a number. */
function decodeForm(raw: string): string {
  const isPlusMeant = /@|%(?:25){0,5}40/i.test(raw);
  return decodePercentOnce(isPlusMeant ? raw : raw.replace(/(?!^\+\d)\+/g, ' '));
}

function valueAt(text: string, pattern: RegExp, from: number): string {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? '';
}

/** The key and scope of a parameter, where `customer[first_name]` is a key inside a person. */
function parameterKey(raw: string): { key: string; scope: Scope } {
  const segments = decodePercent(raw)
    .split(/[.[\]]+/)
    .map(normaliseKey)
    .filter((segment) => segment !== '');
  const key = segments.pop() ?? '';
  const scope = segments.reduce(
    (outer, segment, index) => scopeUnder(segment, index === 0 ? ROOT_SCOPE : outer),
    QUERY_SCOPE,
  );
  return { key, scope };
}

/** How to read a text's parameters. */
export interface ParameterReading {
  ledger: Ledger;
  field: string;
  /** True if the text is nothing but one URL, whose values may hold white space. */
  isWholeUrl: boolean;
  /** Protects the value of a parameter that is not personal by its key. */
  protectValue: (decoded: string, key: string) => string;
  /** Replaces what can be found in the encoded value without decoding it. */
  protectInPlace: (raw: string) => string;
}

/** A value keeps its encoding where its personal part can be replaced in place. */
function protectPlain(raw: string, key: string, reading: ParameterReading): string {
  const decoded = decodeForm(raw);
  const result = reading.protectValue(decoded, key);
  if (result === decoded) return raw;
  const inPlace = reading.protectInPlace(raw);
  const isComplete = [inPlace, inPlace.replaceAll('+', ' ')].some(
    (candidate) => decodePercentOnce(candidate) === result,
  );
  if (isComplete) return inPlace;
  return decoded === raw ? result : encodeURIComponent(result.toWellFormed());
}

function protectPersonal(raw: string, kind: PersonalKind, reading: ParameterReading): string {
  const value = decodePercent(decodeForm(raw));
  return value.trim() === '' ? raw : reading.ledger.replaceWhole(kind, value, reading.field);
}

/** The text with the personal values of its parameters replaced by tokens. Linear time. */
export function protectParameters(text: string, reading: ParameterReading): string {
  const personalValue = reading.isWholeUrl ? VALUE_IN_URL : VALUE_IN_PROSE;
  let result = '';
  let copied = 0;
  const keys = new RegExp(PARAMETER_KEY);
  for (let match = keys.exec(text); match; match = keys.exec(text)) {
    const name = match[1] ?? '';
    const { key, scope } = parameterKey(name);
    const isDropped = isNetworkAddressKey(key);
    const kind = isDropped ? undefined : personalKind(key, scope);
    const extent = isDropped || kind !== undefined ? personalValue : PLAIN_VALUE;
    const raw = valueAt(text, extent, keys.lastIndex);
    result += text.slice(copied, keys.lastIndex);
    if (kind !== undefined) result += protectPersonal(raw, kind, reading);
    else if (!isDropped) result += protectPlain(raw, key, reading);
    copied = keys.lastIndex + raw.length;
    keys.lastIndex = copied;
  }
  return result + text.slice(copied);
}
