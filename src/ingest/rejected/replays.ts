/**
 * Replays rejected events: holds each against the bounds and contracts as they are now and stores
 * those that hold as events, with the ids, the time of arrival and the facts they had. The event
 * goes first and its mark after it. Killed in between, the event is stored once more by the next
 * replay, under the same id, and silver counts it once.
 */
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { CodedError } from '../../contracts/errors.js';
import type { JsonValue } from '../../contracts/json.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Vault } from '../../platform/vault/vault.js';
import { fromEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import type { BronzeWriter, EventRow } from '../bronze.writer.js';
import type { Outcome, Reason } from '../collector/outcome.js';
import type { Collector } from '../collector/pipeline.js';
import { personalValues } from '../collector/steps/privacy.js';
import { eventRow, refusalReason } from '../collector/steps/write.js';
import { readFacts } from '../collector/stored-facts.js';
import {
  placeParameters,
  readPlace,
  selectionParameters,
  writePlace,
  type Selection,
} from './selection.js';

const readQuery = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const STANDING = readQuery('standing');
const REPLAYABLE = readQuery('replayable');
const COUNT = readQuery('count_replayable');
const PAYLOADS = readQuery('payloads');
const STORED = readQuery('stored');

export const MAX_REPLAYED_IDS = 1_000;
const MAX_REPLAYED_EVENTS = 10_000;
const MAX_REPLAYED_BYTES = 64 * 1024 * 1024;
const MAX_CHUNK_EVENTS = 500;
const MAX_CHUNK_BYTES = 8 * 1024 * 1024;
const EVENTS_A_TURN = 50;
const MAX_WAITING = 20;
const MAX_EXAMPLES = 10;
/** The clock of the service and that of the engine may differ. */
const CLOCKS_MS = 3_600_000;

/** Infinity has no JSON, so the number that was sent does not stand in what was kept. */
const LOSSY_CODE = 'number_out_of_range';

export interface ReplayParts {
  warehouse: Warehouse;
  bronze: BronzeWriter;
  collector: Collector;
  vault: Vault;
  clock: Clock;
  reportingCurrency: string;
}

/** What to replay: these ids, or all that are open, as far as the selection takes them in. */
export interface ReplayRequest extends Selection {
  ids?: string[];
  /** Where an earlier call stopped. */
  cursor?: string;
}

/** `read` is the sum of the three that follow it. */
export interface ReplayOutcome {
  read: number;
  replayed: number;
  still_rejected: number;
  already_replayed: number;
  /** How many wait behind `cursor`, which the next call takes. */
  remaining: number;
  cursor: string | null;
  /** The first of those still rejected, with what is wrong with them now. */
  still_rejected_examples: { id: string; source: string; event: string; reasons: Reason[] }[];
}

interface Key {
  id: string;
  received: string;
  loaded: string;
  bytes: string;
}

interface Stored {
  id: string;
  source: string;
  event: string;
  message_id: string;
  reasons: string;
  facts: string;
  payload: string;
  received: string;
}

export class Replays {
  private waiting = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ReplayParts) {}

  /**
   * Replays up to 10,000 events or 64 MiB of them, oldest first. Calls take turns, so that those of
   * one process store nothing twice. Throws `not_found` if one of the ids is not known, `busy`.
   */
  async replay(request: ReplayRequest, caller: string): Promise<ReplayOutcome> {
    if (this.waiting >= MAX_WAITING) throw new CodedError('busy', 'Too many replays wait.');
    this.waiting += 1;
    const work = this.turn.then(() => this.run(request, caller));
    this.turn = work.catch(() => undefined);
    return work.finally(() => (this.waiting -= 1));
  }

  private async run(request: ReplayRequest, caller: string): Promise<ReplayOutcome> {
    const known = await this.replayedAmong(request.ids);
    // Those that an earlier page of this replay took are not counted again.
    const replayedBefore = request.cursor === undefined ? known : 0;
    const keys = await this.keysOf(request);
    const taken = withinBytes(keys);
    const last = taken.at(-1);
    const isAll = keys.length < MAX_REPLAYED_EVENTS;
    const total = isAll ? keys.length : await this.countOf(request);
    const remaining = total - taken.length;
    const outcome: ReplayOutcome = {
      read: taken.length + replayedBefore,
      replayed: 0,
      still_rejected: 0,
      already_replayed: replayedBefore,
      remaining,
      cursor: last && remaining > 0 ? writePlace({ at: last.received, id: last.id }) : null,
      still_rejected_examples: [],
    };
    for (const chunk of chunksOf(taken)) await this.replayChunk(chunk, caller, outcome);
    return outcome;
  }

  /** How many of the ids have been replayed. Throws `not_found` if one of them is not known. */
  private async replayedAmong(ids: string[] | undefined): Promise<number> {
    if (!ids || ids.length === 0) return 0;
    const standing = await this.parts.warehouse.query<{ id: string; is_replayed: number }>(
      'reader',
      STANDING,
      { ids },
    );
    const known = new Set(standing.map(({ id }) => id));
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined) {
      throw new CodedError('not_found', `No rejected event has the id ${unknown}.`);
    }
    return standing.filter(({ is_replayed: isReplayed }) => Number(isReplayed) === 1).length;
  }

  /** What is rejected from now on is left to another call, or a stream of it would never end. */
  private keysOf(request: ReplayRequest): Promise<Key[]> {
    const parameters = { ...this.parametersOf(request), limit: MAX_REPLAYED_EVENTS };
    return this.parts.warehouse.query<Key>('reader', REPLAYABLE, parameters);
  }

  private async countOf(request: ReplayRequest): Promise<number> {
    const { warehouse } = this.parts;
    const parameters = this.parametersOf(request);
    const { total } = await warehouse.queryOne<{ total: string }>('reader', COUNT, parameters);
    return Number(total);
  }

  private parametersOf({ ids, cursor, ...selection }: ReplayRequest) {
    const until = new Date(this.parts.clock.now().getTime() + 1);
    const to = selection.to && selection.to < until ? selection.to : until;
    return {
      ...selectionParameters({ ...selection, to }),
      ...placeParameters('after', readPlace(cursor)),
      ids: ids ?? [],
    };
  }

  private async replayChunk(keys: Key[], caller: string, outcome: ReplayOutcome): Promise<void> {
    const { warehouse, vault, bronze, clock } = this.parts;
    const loaded = keys.map((key) => key.loaded).sort();
    const stored = await warehouse.query<Stored>('reader', PAYLOADS, {
      ids: keys.map(({ id }) => id),
      loaded_from: loaded[0]!,
      loaded_to: loaded.at(-1)!,
    });
    outcome.already_replayed += keys.length - stored.length;
    const retaken: { stored: Stored; outcome: Outcome }[] = [];
    for (const event of stored) {
      // What arrives meanwhile must not wait for all of them.
      if (retaken.length % EVENTS_A_TURN === EVENTS_A_TURN - 1) await turn();
      retaken.push({ stored: event, outcome: this.retake(event) });
    }
    // Rules of privacy that are newer than the event may have found more in it.
    const originals = retaken.flatMap(({ outcome: { event } }) =>
      personalValues(event.body, event.originals),
    );
    await vault.store(originals, clock.now());
    const rows: { stored: Stored; row: EventRow }[] = [];
    for (const { stored: event, outcome: taken } of retaken) {
      if (taken.outcome === 'rejected') leave(outcome, event, taken.event.reasons);
      else rows.push({ stored: event, row: this.rowOf(event, taken) });
    }
    const standing = await this.standingAmong(rows.map(({ row }) => row));
    const missing = rows.filter(({ row }) => !standing.has(keyOf(row)));
    const refusals = await bronze.writeEvents(missing.map(({ row }) => row));
    const refused = new Set(refusals.map(({ index }) => missing[index]));
    for (const { index, reason } of refusals) {
      leave(outcome, missing[index]!.stored, [refusalReason(reason)]);
    }
    const written = rows.filter((row) => !refused.has(row));
    await bronze.writeReplays(
      written.map(({ stored: { id, source }, row }) => ({
        ...{ rejection_id: id, source },
        ...{ message_id: row.message_id, replayed_by: caller },
      })),
    );
    outcome.replayed += written.length;
  }

  /**
   * Which of the events stand already: a client that was mended sends them again, with the time of
   * another day or none, and silver, which knows an event by its day, would count both.
   */
  private async standingAmong(rows: EventRow[]): Promise<Set<string>> {
    if (rows.length === 0) return new Set();
    const first = rows.map((row) => row.received_at).sort()[0]!;
    const found = await this.parts.warehouse.query<Pick<EventRow, 'source' | 'message_id'>>(
      'reader',
      STORED,
      {
        loaded_from: new Date(fromEngineInstant(first).getTime() - CLOCKS_MS),
        sources: [...new Set(rows.map(({ source }) => source))],
        message_ids: rows.map((row) => row.message_id),
      },
    );
    return new Set(found.map(keyOf));
  }

  private retake(stored: Stored): Outcome {
    const reasons = JSON.parse(stored.reasons) as Reason[];
    const body = JSON.parse(stored.payload) as JsonValue;
    if (reasons.some(({ code }) => code === LOSSY_CODE)) {
      const event = { body, originals: [], contract: '', reasons, facts: null };
      return { outcome: 'rejected', event };
    }
    const known = readFacts(stored.facts)?.facts ?? null;
    return this.parts.collector.retake(body, fromEngineInstant(stored.received), known);
  }

  private rowOf(stored: Stored, { event }: Extract<Outcome, { outcome: 'ok' }>): EventRow {
    const context = {
      source: stored.source,
      receivedAt: fromEngineInstant(stored.received),
      reportingCurrency: readFacts(stored.facts)?.reportingCurrency ?? this.parts.reportingCurrency,
    };
    // What only the engine refused had been given an id.
    return eventRow(event, context, stored.message_id || `rejected-${stored.id}`);
  }
}

const keyOf = ({ source, message_id: id }: Pick<EventRow, 'source' | 'message_id'>) =>
  `${source}\0${id}`;

function leave(outcome: ReplayOutcome, stored: Stored, reasons: Reason[]): void {
  outcome.still_rejected += 1;
  if (outcome.still_rejected_examples.length >= MAX_EXAMPLES) return;
  const { id, source, event } = stored;
  outcome.still_rejected_examples.push({ id, source, event, reasons });
}

/** As many as one call may read, at least one. */
function withinBytes(keys: Key[]): Key[] {
  let bytes = 0;
  const end = keys.findIndex((key, index) => {
    bytes += Number(key.bytes);
    return bytes > MAX_REPLAYED_BYTES && index > 0;
  });
  return end === -1 ? keys : keys.slice(0, end);
}

/** Of bounded rows and bytes, since all of a chunk is in memory at once. */
function* chunksOf(keys: Key[]): Generator<Key[]> {
  let chunk: Key[] = [];
  let bytes = 0;
  for (const key of keys) {
    const isFull = chunk.length >= MAX_CHUNK_EVENTS || bytes + Number(key.bytes) > MAX_CHUNK_BYTES;
    if (isFull && chunk.length > 0) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(key);
    bytes += Number(key.bytes);
  }
  if (chunk.length > 0) yield chunk;
}
