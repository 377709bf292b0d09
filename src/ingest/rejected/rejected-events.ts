/**
 * Reads what was rejected: a page of it, its sums, one whole. All of it has passed the privacy step
 * before it was stored. The departments use it through ingest's face.
 */
import { readFileSync } from 'node:fs';
import { CodedError } from '../../contracts/errors.js';
import type { JsonValue } from '../../contracts/json.js';
import {
  fromEngineInstant,
  toEngineInstant,
  type Warehouse,
} from '../../platform/warehouse/warehouse.js';
import type { Reason } from '../collector/outcome.js';
import { readFacts } from '../collector/stored-facts.js';
import {
  filterParameters,
  placeParameters,
  readPlace,
  writePlace,
  type RejectionFilter,
} from './selection.js';

const readQuery = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const LIST = readQuery('list');
const SUMMARY = readQuery('summary');
const FIND = readQuery('find');
const COUNT = readQuery('count_rejected');

const DEFAULT_LIMIT = 50;
const MAX_GROUPS = 1_000;

/** A rejected event as it is listed; instants are ISO 8601. */
export interface RejectionView {
  id: string;
  source: string;
  event: string;
  message_id: string;
  contract: string;
  received_at: string;
  state: 'open' | 'replayed';
  replayed_at: string | null;
  reasons: Reason[];
}

/** One whole. `facts` is null where it was rejected before they were known. */
export interface WholeRejection extends RejectionView {
  payload: JsonValue;
  facts: object | null;
}

export interface RejectionPage {
  rows: RejectionView[];
  /** Of the next page; null on the last. */
  cursor: string | null;
}

/** How many were rejected alike: the reason is the first of each. */
export interface RejectionGroup {
  source: string;
  event: string;
  contract: string;
  code: string;
  path: string;
  events: number;
  first_seen: string;
  last_seen: string;
}

interface Row {
  id: string;
  source: string;
  event: string;
  message_id: string;
  contract: string;
  reasons: string;
  received: string;
  replayed: string | null;
}

export class RejectedEvents {
  constructor(private readonly warehouse: Warehouse) {}

  /** Newest first. Throws `invalid_parameter` for a cursor that no answer gave. */
  async list(
    filter: RejectionFilter,
    page: { limit?: number; cursor?: string } = {},
  ): Promise<RejectionPage> {
    const { limit = DEFAULT_LIMIT, cursor } = page;
    const rows = await this.warehouse.query<Row>('reader', LIST, {
      ...filterParameters(filter),
      ...placeParameters('before', readPlace(cursor)),
      limit: limit + 1,
    });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return {
      rows: shown.map(view),
      cursor: hasMore ? writePlace({ at: last.received, id: last.id }) : null,
    };
  }

  /** How many were received from `from` up to `to`. */
  async count(from: Date, to: Date): Promise<number> {
    const range = { from: toEngineInstant(from), to: toEngineInstant(to) };
    const { rows } = await this.warehouse.queryOne<{ rows: string }>('reader', COUNT, range);
    return Number(rows);
  }

  /** The thousand largest groups. */
  async summary(filter: RejectionFilter): Promise<RejectionGroup[]> {
    type Group = Omit<RejectionGroup, 'events'> & { events: string };
    const parameters = { ...filterParameters(filter), limit: MAX_GROUPS };
    const groups = await this.warehouse.query<Group>('reader', SUMMARY, parameters);
    return groups.map((group) => ({
      ...group,
      events: Number(group.events),
      first_seen: toIso(group.first_seen),
      last_seen: toIso(group.last_seen),
    }));
  }

  /** Throws `not_found`. */
  async find(id: string): Promise<WholeRejection> {
    const rows = await this.warehouse.query<Row & { payload: string; facts: string }>(
      'reader',
      FIND,
      { id },
    );
    const [row] = rows;
    if (!row) throw new CodedError('not_found', 'No rejected event has this id.');
    return {
      ...view(row),
      payload: JSON.parse(row.payload) as JsonValue,
      facts: readFacts(row.facts)?.facts ?? null,
    };
  }
}

function view(row: Row): RejectionView {
  const { id, source, event, message_id, contract, reasons, received, replayed } = row;
  return {
    id,
    source,
    event,
    message_id,
    contract,
    received_at: toIso(received),
    state: replayed === null ? 'open' : 'replayed',
    replayed_at: replayed === null ? null : toIso(replayed),
    reasons: JSON.parse(reasons) as Reason[],
  };
}

const toIso = (text: string) => fromEngineInstant(text).toISOString();
