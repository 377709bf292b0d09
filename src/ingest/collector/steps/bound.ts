/** Step 1, bound: what an event may be in size, depth, keys and numbers. */
import type { JsonValue } from '../../../contracts/json.js';
import { FORBIDDEN_KEYS } from '../../../platform/http/json-body.js';
import type { EventProblem } from '../outcome.js';
import { isObject } from './parse.js';

export const MAX_EVENT_BYTES = 32 * 1024;
export const MAX_EVENT_DEPTH = 32;

/** The first thing wrong with an event, or null. `bytes` is its size as JSON. */
export function findProblem(event: JsonValue, bytes: number): EventProblem | null {
  if (!isObject(event)) {
    return { code: 'invalid_event', detail: 'The event is not a JSON object.' };
  }
  if (bytes > MAX_EVENT_BYTES) {
    return { code: 'event_too_large', detail: `The event has ${bytes} bytes.` };
  }
  return findDeepProblem(event, 1);
}

/** The bytes of an event as JSON; counted exactly only where they may be too many. */
export function sizeOf(event: JsonValue): number {
  const atMost = sizeAtMost(event);
  return atMost <= MAX_EVENT_BYTES ? atMost : Buffer.byteLength(JSON.stringify(event));
}

/** A character takes six bytes at most, as `\u0000`; a number 25. */
function sizeAtMost(value: JsonValue | undefined): number {
  if (typeof value === 'string') return 6 * value.length + 2;
  if (typeof value !== 'object' || value === null) return 25;
  let bytes = 2;
  for (const [key, member] of Object.entries(value)) {
    bytes += 6 * key.length + 4 + sizeAtMost(member);
  }
  return bytes;
}

function findDeepProblem(value: JsonValue | undefined, depth: number): EventProblem | null {
  if (typeof value === 'number') return numberProblem(value);
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_EVENT_DEPTH) {
    return {
      code: 'too_deep',
      detail: `The event is nested deeper than ${MAX_EVENT_DEPTH} levels.`,
    };
  }
  if (!Array.isArray(value)) {
    const forbidden = Object.keys(value).find((key) => FORBIDDEN_KEYS.has(key));
    if (forbidden) return { code: 'forbidden_key', detail: `The event has a key ${forbidden}.` };
  }
  for (const member of Object.values(value)) {
    const problem = findDeepProblem(member, depth + 1);
    if (problem) return problem;
  }
  return null;
}

/** JSON.parse has already rounded what lies beyond 2^53, so it must not be stored as if exact. */
function numberProblem(value: number): EventProblem | null {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return null;
  return { code: 'number_out_of_range', detail: 'The event has a number beyond 2^53.' };
}
