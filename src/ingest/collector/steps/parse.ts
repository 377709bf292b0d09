/** Step 1, parse: from the body of a call to the events in it. */
import { CodedError } from '../../../contracts/errors.js';
import type { JsonObject, JsonValue } from '../../../contracts/json.js';

export const MAX_BATCH_EVENTS = 2_500;

/** How much the context of a batch may grow by being copied into each of its events. */
export const MAX_LENT_BYTES = 16 * 1024 * 1024;

/** The calls of the Segment HTTP Tracking API that this collector takes. */
export type Call = 'track' | 'page' | 'identify' | 'batch';

export interface ParsedRequest {
  events: JsonValue[];
  writeKey: JsonValue | undefined;
  sentAt: JsonValue | undefined;
}

export function parseCall(call: Call, body: unknown): ParsedRequest {
  if (!isObject(body)) {
    throw new CodedError('invalid_event', 'The body is not a JSON object.');
  }
  const { writeKey, sentAt, ...rest } = body;
  if (call !== 'batch') return { events: [{ ...rest, type: call }], writeKey, sentAt };
  const { batch, context } = rest;
  if (!Array.isArray(batch) || batch.length === 0) {
    throw new CodedError('invalid_batch', 'The body has no events.');
  }
  if (batch.length > MAX_BATCH_EVENTS) {
    throw new CodedError('invalid_batch', `The batch has ${batch.length} events.`);
  }
  if (lentBytes(context, batch.length) > MAX_LENT_BYTES) {
    throw new CodedError('request_too_large', 'The context is too large for so many events.');
  }
  return { events: batch.map((event) => fromBatch(event, context)), writeKey, sentAt };
}

function lentBytes(context: JsonValue | undefined, events: number): number {
  return isObject(context) ? Buffer.byteLength(JSON.stringify(context)) * events : 0;
}

/**
 * The context of a batch holds for each event in it, unless the event says otherwise. Some SDKs
 * repeat the key and the time of sending in each event: a secret, and what differs with a retry.
 */
function fromBatch(event: JsonValue, context: JsonValue | undefined): JsonValue {
  if (!isObject(event)) return event;
  const { writeKey: _, sentAt: __, ...rest } = event;
  if (!isObject(context)) return rest;
  const own = isObject(event['context']) ? event['context'] : {};
  return { ...rest, context: { ...context, ...own } };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
