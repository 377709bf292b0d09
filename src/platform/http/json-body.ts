/**
 * Reads a request body as JSON within bounds: size (by the server), valid UTF-8, nesting. Depth is
 * counted on the text, before anything recursive sees the value.
 */
import { CodedError } from '../../contracts/errors.js';
import type { JsonValue } from '../../contracts/json.js';

/** 500 KB, as the Segment HTTP API words it. */
export const MAX_REQUEST_BYTES = 500 * 1024;
export const MAX_REQUEST_DEPTH = 40;

const decoder = new TextDecoder('utf-8', { fatal: true });

export function parseJsonBody(body: Buffer): JsonValue {
  return parseJson(decodeText(body));
}

/** Throws `malformed_json` or `too_deep`. */
export function parseJson(text: string): JsonValue {
  if (depthOf(text, MAX_REQUEST_DEPTH) > MAX_REQUEST_DEPTH) {
    throw new CodedError('too_deep', `The body is nested deeper than ${MAX_REQUEST_DEPTH} levels.`);
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new CodedError('malformed_json', 'The body cannot be parsed.');
  }
  return text.includes('\\u') ? wellFormed(value) : value;
}

/** Keys by which a merge or a lookup could reach the prototype of all objects. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

/** The value itself, where none of its objects has a forbidden key. Throws `forbidden_key`. */
export function withoutForbiddenKeys(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, member] of Object.entries(value)) {
    if (!Array.isArray(value) && FORBIDDEN_KEYS.has(key)) {
      throw new CodedError('forbidden_key', `The body has a key ${key}.`);
    }
    if (member !== undefined) withoutForbiddenKeys(member);
  }
  return value;
}

/** Throws `malformed_json` for what is not UTF-8. */
export function decodeText(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new CodedError('malformed_json', 'The body is not valid UTF-8.');
  }
}

const BACKSLASH = 0x5c;
const isOpening = (character: number) => character === 0x5b || character === 0x7b;
const isClosing = (character: number) => character === 0x5d || character === 0x7d;

/** The deepest nesting of the text, counted only until it exceeds `limit`. Linear time. */
export function depthOf(text: string, limit = Number.POSITIVE_INFINITY): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const quote = text.indexOf('"', index);
    const end = quote === -1 ? text.length : quote;
    for (; index < end; index += 1) {
      const character = text.charCodeAt(index);
      if (isClosing(character)) depth -= 1;
      else if (isOpening(character)) depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    }
    index = endOfString(text, index);
  }
  return deepest;
}

/** Where the string that begins here ends: most of a text lies in strings, so they are jumped. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1;) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

/**
 * Replaces lone surrogates and NUL, which no store can hold, by U+FFFD. Only an escape can bring
 * one in, so a text without escapes is left alone.
 */
function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD');
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== 'object') return value;
  const result = Object.create(null) as Record<string, JsonValue>;
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) result[wellFormed(key) as string] = wellFormed(member);
  }
  return result;
}
