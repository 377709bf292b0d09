/**
 * The only writer of `bronze.*`. What it has answered is durable: fsynced in the warehouse, events
 * in bronze.events, rejections in bronze.rejected_events.
 */
import { readFileSync } from 'node:fs';
import type { Warehouse } from '../platform/warehouse/warehouse.js';
import type { Logger } from '../platform/logging/logger.js';
import type { Telemetry } from '../platform/telemetry/telemetry.js';
import { BRONZE_LIMITS, GroupCommit, type Refusal } from './group-commit.js';

const DELETE_RECORDS = readFileSync(
  new URL('sources/queries/delete_records.sql', import.meta.url),
  'utf8',
);

/** One row of bronze.events; `_loaded_at` is the engine's to set. Instants are engine text. */
export interface EventRow {
  source: string;
  message_id: string;
  call: string;
  event: string;
  contract_version: number;
  anonymous_id: string;
  user_id: string;
  occurred_at: string;
  original_date: string;
  has_client_timestamp: boolean;
  received_at: string;
  country: string;
  device_type: string;
  os: string;
  browser: string;
  channel: string;
  page_path: string;
  referrer_host: string;
  utm_source: string;
  utm_medium: string;
  utm_campaign: string;
  utm_term: string;
  utm_content: string;
  currency: string;
  is_bot: boolean;
  click_id_name: string;
  click_id: string;
  payload: string;
}

/** One row of bronze.rejected_events; `reasons` is a JSON array, `facts` as stored-facts.ts writes. */
export interface RejectedRow {
  rejection_id: string;
  source: string;
  message_id: string;
  event: string;
  received_at: string;
  contract: string;
  reasons: string;
  facts: string;
  payload: string;
}

/** One row of bronze.replays: this rejected event stands in bronze.events. */
export interface ReplayRow {
  rejection_id: string;
  source: string;
  message_id: string;
  replayed_by: string;
}

/** One row of bronze.records; `payload` is JSON after the privacy step. Instants are engine text. */
export interface RecordRow {
  origin: 'shop_database' | 'file';
  source: string;
  entity: string;
  record_id: string;
  /** `table:key` of a database's row, by which its deletion is found; empty for a file's. */
  source_key: string;
  version_at: string;
  sequence: string;
  is_deleted: boolean;
  content_hash: string;
  payload: string;
  load_id: string;
}

/** One row of bronze.reads: a source has been read up to `read_through`. */
export interface ReadRow {
  origin: 'shop_database';
  source: string;
  read_after: string;
  read_through: string;
  load_id: string;
}

const RECORD_COLUMNS: readonly (keyof RecordRow)[] = [
  'origin',
  'source',
  'entity',
  'record_id',
  'source_key',
  'version_at',
  'sequence',
  'is_deleted',
  'content_hash',
  'payload',
  'load_id',
];

const READ_COLUMNS: readonly (keyof ReadRow)[] = [
  'origin',
  'source',
  'read_after',
  'read_through',
  'load_id',
];

const EVENT_COLUMNS: readonly (keyof EventRow)[] = [
  'source',
  'message_id',
  'call',
  'event',
  'contract_version',
  'anonymous_id',
  'user_id',
  'occurred_at',
  'original_date',
  'has_client_timestamp',
  'received_at',
  'country',
  'device_type',
  'os',
  'browser',
  'channel',
  'page_path',
  'referrer_host',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'currency',
  'is_bot',
  'click_id_name',
  'click_id',
  'payload',
];

const REJECTED_COLUMNS: readonly (keyof RejectedRow)[] = [
  'rejection_id',
  'source',
  'message_id',
  'event',
  'received_at',
  'contract',
  'reasons',
  'facts',
  'payload',
];

const REPLAY_COLUMNS: readonly (keyof ReplayRow)[] = [
  'rejection_id',
  'source',
  'message_id',
  'replayed_by',
];

export class BronzeWriter {
  private readonly events: GroupCommit;
  private readonly rejected: GroupCommit;
  private readonly replays: GroupCommit;
  private readonly records: GroupCommit;
  private readonly reads: GroupCommit;

  constructor(
    private readonly warehouse: Pick<Warehouse, 'insertLines' | 'command'>,
    telemetry: Telemetry,
    logger: Logger,
  ) {
    const into = (table: string, columns: readonly string[]) =>
      new GroupCommit(table, columns, warehouse, telemetry, logger);
    this.events = into('bronze.events', EVENT_COLUMNS);
    this.rejected = into('bronze.rejected_events', REJECTED_COLUMNS);
    this.replays = into('bronze.replays', REPLAY_COLUMNS);
    this.records = into('bronze.records', RECORD_COLUMNS);
    this.reads = into('bronze.reads', READ_COLUMNS);
  }

  /** Answers with the rows that the engine refused for their data; the caller rejects them. */
  writeEvents(rows: EventRow[]): Promise<Refusal[]> {
    return rows.length === 0 ? Promise.resolve([]) : this.events.submit(rows.map(toEventLine));
  }

  async writeRejected(rows: RejectedRow[]): Promise<void> {
    if (rows.length > 0) await this.rejected.submit(rows.map(toLine));
  }

  /** Only after the events themselves are durable. */
  async writeReplays(rows: ReplayRow[]): Promise<void> {
    if (rows.length > 0) await this.replays.submit(rows.map(toLine));
  }

  /** Answers with the rows that the engine refused for their data. */
  writeRecords(rows: RecordRow[]): Promise<Refusal[]> {
    return rows.length === 0 ? Promise.resolve([]) : this.records.submit(rows.map(toRecordLine));
  }

  /** Marks records of the shop's database as deleted, in inserts of bounded size. */
  async deleteRecords(
    records: readonly { entity: string; record_id: string }[],
    { source, listedAt, loadId }: { source: string; listedAt: Date; loadId: string },
  ): Promise<void> {
    for (let start = 0; start < records.length; start += BRONZE_LIMITS.insertRows) {
      const rows = records.slice(start, start + BRONZE_LIMITS.insertRows);
      await this.warehouse.command('writer', DELETE_RECORDS, {
        source,
        listed_at: listedAt,
        load_id: loadId,
        entities: rows.map(({ entity }) => entity),
        record_ids: rows.map(({ record_id }) => record_id),
      });
    }
  }

  async writeRead(row: ReadRow): Promise<void> {
    await this.reads.submit([toLine(row)]);
  }

  async drain(): Promise<void> {
    const { events, rejected, replays, records, reads } = this;
    for (const commit of [events, rejected, replays, records, reads]) await commit.drain();
  }
}

const toLine = (row: object) => JSON.stringify(row);

/** Rows that come by the million do not repeat the names of their columns. */
const lineOf =
  <Row extends object>(columns: readonly (keyof Row)[]) =>
  (row: Row) =>
    JSON.stringify(columns.map((name) => row[name]));

const toEventLine = lineOf<EventRow>(EVENT_COLUMNS);
const toRecordLine = lineOf<RecordRow>(RECORD_COLUMNS);
