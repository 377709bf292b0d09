/** Step 1, parse: from the body of a call to the events in it. */
import { CodedError } from '../../../contracts/errors.js';
import type { JsonObject, JsonValue } from '../../../contracts/json.js';

export const MAX_BATCH_EVENTS = 2_500;

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
  return { events: batch.map((event) => withBatchContext(event, context)), writeKey, sentAt };
}

/** The context of a batch holds for each event in it, unless the event says otherwise. */
function withBatchContext(event: JsonValue, context: JsonValue | undefined): JsonValue {
  if (!isObject(event) || !isObject(context)) return event;
  const own = isObject(event['context']) ? event['context'] : {};
  return { ...event, context: { ...context, ...own } };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
