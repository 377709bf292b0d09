/**
 * The only writer of `bronze.*`. What it has answered is durable: fsynced in the warehouse, events
 * in bronze.events, rejections in bronze.rejected_events.
 */
import type { Warehouse } from '../platform/warehouse/warehouse.js';
import type { Logger } from '../platform/logging/logger.js';
import type { Telemetry } from '../platform/telemetry/telemetry.js';
import { GroupCommit, type Refusal } from './group-commit.js';

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
  payload: string;
}

/** One row of bronze.rejected_events; `reasons` is a JSON array. */
export interface RejectedRow {
  source: string;
  message_id: string;
  event: string;
  received_at: string;
  contract: string;
  reasons: string;
  payload: string;
}

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
  'payload',
];

const REJECTED_COLUMNS: readonly (keyof RejectedRow)[] = [
  'source',
  'message_id',
  'event',
  'received_at',
  'contract',
  'reasons',
  'payload',
];

export class BronzeWriter {
  private readonly events: GroupCommit;
  private readonly rejected: GroupCommit;

  constructor(warehouse: Pick<Warehouse, 'insertLines'>, telemetry: Telemetry, logger: Logger) {
    this.events = new GroupCommit('bronze.events', EVENT_COLUMNS, warehouse, telemetry, logger);
    this.rejected = new GroupCommit(
      'bronze.rejected_events',
      REJECTED_COLUMNS,
      warehouse,
      telemetry,
      logger,
    );
  }

  /** Answers with the rows that the engine refused for their data; the caller rejects them. */
  writeEvents(rows: EventRow[]): Promise<Refusal[]> {
    return rows.length === 0 ? Promise.resolve([]) : this.events.submit(rows.map(toLine));
  }

  async writeRejected(rows: RejectedRow[]): Promise<void> {
    if (rows.length > 0) await this.rejected.submit(rows.map(toLine));
  }

  async drain(): Promise<void> {
    await this.events.drain();
    await this.rejected.drain();
  }
}

const toLine = (row: EventRow | RejectedRow) => JSON.stringify(row);
