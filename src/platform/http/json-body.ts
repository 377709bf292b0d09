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
  const text = decode(body);
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

function decode(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new CodedError('malformed_json', 'The body is not valid UTF-8.');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** The deepest nesting of the text, counted only until it exceeds `limit`. */
export function depthOf(text: string, limit = Number.POSITIVE_INFINITY): number {
  let depth = 0;
  let deepest = 0;
  let isString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (isString) {
      if (character === BACKSLASH) index += 1;
      else if (character === QUOTE) isString = false;
    } else if (character === QUOTE) isString = true;
    else if (OPENING.has(character)) {
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    } else if (CLOSING.has(character)) depth -= 1;
  }
  return deepest;
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
