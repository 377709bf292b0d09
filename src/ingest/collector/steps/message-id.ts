/** The id by which an event is counted once. */
import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../../contracts/json.js';
import { textAt, timestampOf } from './enrich.js';

/**
 * The client's messageId; without one, a hash of source and canonical body if the body carries a
 * timestamp. With neither a fresh id, or `otherwise`: such an event cannot be told from its
 * repetition.
 */
export function messageIdOf(source: string, body: JsonObject, otherwise?: string): string {
  const given = textAt(body, 'messageId');
  if (given !== '') return given;
  if ((timestampOf(body) ?? null) === null) return otherwise ?? randomUUID();
  const hash = createHash('sha256').update(source).update('\0').update(canonical(body));
  return `sha256-${hash.digest('hex').slice(0, 48)}`;
}

/** JSON with sorted keys, so that the order in which a client writes them does not matter. */
function canonical(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}
