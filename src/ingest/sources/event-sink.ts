/** Rows of a file that are events: they take the collector's own steps, and are counted once. */
import { readFileSync } from 'node:fs';
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import type { Tokeniser } from '../../platform/vault/tokeniser.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Collector } from '../collector/pipeline.js';
import { protectId } from '../privacy/protect-record.js';
import { idChunks } from './id-chunks.js';

const STANDING_EVENTS = readFileSync(
  new URL('queries/standing_events.sql', import.meta.url),
  'utf8',
);

export interface EventRow {
  line: number;
  id: string;
  values: Record<string, JsonValue>;
}

export interface EventOutcome {
  loaded: number;
  unchanged: number;
  rejected: { line: number; code: string; detail: string }[];
}

export class EventSink {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly collector: Collector,
    private readonly tokeniser: Tokeniser,
    private readonly source: string,
  ) {}

  /** Answers when the events are durable. What breaks its contract is kept as the collector does. */
  async write(rows: readonly EventRow[], receivedAt: Date): Promise<EventOutcome> {
    // Bronze knows events by the ids that the privacy step leaves.
    const ids = rows.map(({ id }) => protectId(id, this.tokeniser));
    const known = await this.standing(ids);
    const fresh = rows.filter((_, index) => {
      const isNew = !known.has(ids[index]!);
      known.add(ids[index]!);
      return isNew;
    });
    const reasons = await this.collector.load(fresh.map(toEvent), this.source, receivedAt);
    const rejected = fresh.flatMap(({ line }, index) => {
      const [first] = reasons[index]!;
      return first ? [{ line, code: 'contract', detail: `${first.path}: ${first.message}` }] : [];
    });
    return {
      loaded: fresh.length - rejected.length,
      unchanged: rows.length - fresh.length,
      rejected,
    };
  }

  private async standing(ids: string[]): Promise<Set<string>> {
    const standing = new Set<string>();
    for (const chunk of idChunks(ids)) {
      const parameters = { source: this.source, message_ids: chunk };
      const rows = await this.warehouse.query<{ message_id: string }>(
        'reader',
        STANDING_EVENTS,
        parameters,
      );
      for (const { message_id } of rows) standing.add(message_id);
    }
    return standing;
  }
}

function toEvent({ id, values }: EventRow): JsonObject {
  const { event, timestamp, user_id, anonymous_id, country, properties } = values;
  return {
    type: 'track',
    event: event ?? '',
    messageId: id,
    timestamp: timestamp ?? null,
    ...(user_id ? { userId: user_id } : {}),
    ...(anonymous_id ? { anonymousId: anonymous_id } : {}),
    properties: withoutNulls(properties ?? {}),
    context: { channel: 'server', ...(country ? { location: { country } } : {}) },
  };
}

/** An empty cell is a property that the event does not have. */
function withoutNulls(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member!)]),
  );
}
