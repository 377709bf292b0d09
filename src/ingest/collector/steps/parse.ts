/** Step 1, parse: from the body of a call to the events in it. */
import { CodedError } from '../../../contracts/errors.js';
import type { JsonObject, JsonValue } from '../../../contracts/json.js';
import { parseJson } from '../../../platform/http/json-body.js';
import type { EventProblem } from '../outcome.js';

export const MAX_BATCH_EVENTS = 2_500;

/** How much the context of a batch may grow by being copied into each of its events. */
export const MAX_LENT_BYTES = 16 * 1024 * 1024;

export const MAX_LINES = 20_000;

/** The calls of the Segment HTTP Tracking API that carry one event. */
export type SingleCall = 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias';

/** `lines` is one JSON object a line, as text. */
export type Call = SingleCall | 'batch' | 'lines';

/** A line that is no JSON. Its text is not kept: what cannot be read cannot be protected. */
export class UnreadableLine {
  constructor(readonly problem: EventProblem) {}
}

export interface ParsedRequest {
  events: (JsonValue | UnreadableLine)[];
  writeKey: JsonValue | undefined;
  sentAt: JsonValue | undefined;
}

export function parseCall(call: Call, body: unknown): ParsedRequest {
  if (call === 'lines') return parseLines(body);
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

function parseLines(body: unknown): ParsedRequest {
  const numbered = linesOf(typeof body === 'string' ? body : '');
  if (numbered.length === 0) throw new CodedError('invalid_batch', 'The body has no lines.');
  const events = numbered.map(({ text, number }) => parseLine(text, number));
  return { events, writeKey: undefined, sentAt: undefined };
}

/** Lines that hold something. Counted while they are cut, empty ones too: bodies inflate. */
function linesOf(body: string): { text: string; number: number }[] {
  const lines: { text: string; number: number }[] = [];
  for (let start = 0, number = 1; start < body.length; number += 1) {
    if (lines.length >= MAX_LINES || number > 2 * MAX_LINES) {
      throw new CodedError('request_too_large', `The body has more than ${MAX_LINES} lines.`);
    }
    const end = body.indexOf('\n', start);
    const text = body.slice(start, end === -1 ? body.length : end);
    if (text.trim() !== '') lines.push({ text, number });
    start = end === -1 ? body.length : end + 1;
  }
  return lines;
}

function parseLine(text: string, number: number): JsonValue | UnreadableLine {
  try {
    return fromBatch(parseJson(text), undefined);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return new UnreadableLine({ code: error.code, detail: `Line ${number}: ${error.detail}` });
  }
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
