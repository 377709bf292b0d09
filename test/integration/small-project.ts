/** A project of three small models, one a kind, so that the runner is tested apart from the shop's. */
import { jest } from '@jest/globals';
import { compileProject, type ModelFile } from '../../src/analytics/compiler/compile.js';
import type { Project } from '../../src/analytics/compiler/model.js';
import { Runner } from '../../src/analytics/runner/runner.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { ADVISORY_LOCKS, type ControlDb } from '../../src/platform/control-db/control-db.js';
import { createLogger, type Logger } from '../../src/platform/logging/logger.js';
import { Telemetry } from '../../src/platform/telemetry/telemetry.js';
import { toEngineInstant, type Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { WorkerPool } from '../../src/platform/workers/worker-pool.js';
import { closeAfterAll } from '../support/stores.js';

const SOURCES = `
sources: [{ name: bronze.events, description: Events., freshness_seconds: 300 }]`;

const ITEMS_SQL = `
select source, message_id, user_id as item, occurred_at, received_at, original_date,
    has_client_timestamp
from source('bronze.events')
where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
  and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}`;

const ITEMS_YML = `
description: Every delivery of an item, once.
grain: one message
kind: append
schedule: streaming
owner: tests
key: [source, message_id]
time_column: occurred_at
partition_by: month
order_by: [source, message_id]
increments: [{ from: bronze.events }]
dedup:
  { date: original_date, dated_when: has_client_timestamp, window_days: 1, first_by: [received_at] }
columns:
  - { name: source, type: String, description: Who sent it. }
  - { name: message_id, type: String, description: Its id. }
  - { name: item, type: String, description: What it is about. }
  - { name: occurred_at, type: "DateTime64(3, 'UTC')", description: When it happened. }
  - { name: received_at, type: "DateTime64(3, 'UTC')", description: When it arrived. }
  - { name: original_date, type: Date, description: The client's day. }
  - { name: has_client_timestamp, type: Bool, description: Whether the client gave one. }
checks:
  - { type: unique, columns: [source, message_id] }`;

const LATEST_SQL = `
select item, max(occurred_at) as seen_at, count() as deliveries
from ref('silver.items') where item in dirty_keys()
group by item`;

const LATEST_YML = `
description: Items as last seen.
grain: one item
kind: upsert
schedule: streaming
owner: tests
key: [item]
time_column: seen_at
partition_by: month
order_by: [item]
increments: [{ from: silver.items }]
columns:
  - { name: item, type: String, description: The item. }
  - { name: seen_at, type: "DateTime64(3, 'UTC')", description: When it was last seen. }
  - { name: deliveries, type: UInt64, description: How often it was delivered. }`;

const DAILY_SQL = `
select toDate(occurred_at) as day, count() as deliveries
from ref('silver.items') where toDate(occurred_at) in {dirty_days:Array(Date)}
group by day`;

const DAILY_YML = `
description: Deliveries by day.
grain: one UTC day
kind: partition
schedule: hourly
owner: tests
key: [day]
time_column: day
partition_by: month
order_by: [day]
columns:
  - { name: day, type: Date, description: The day. }
  - { name: deliveries, type: UInt64, description: How many were delivered. }`;

const FILES: Record<string, string> = {
  '1_bronze/_sources.yml': SOURCES,
  '2_silver/items.sql': ITEMS_SQL,
  '2_silver/items.yml': ITEMS_YML,
  '2_silver/latest.sql': LATEST_SQL,
  '2_silver/latest.yml': LATEST_YML,
  '3_gold/daily.sql': DAILY_SQL,
  '3_gold/daily.yml': DAILY_YML,
};

/** The project, with some of its files changed or added. */
export function smallProject(changed: Record<string, (text: string) => string> = {}): Project {
  const paths = new Set([...Object.keys(FILES), ...Object.keys(changed)]);
  const files = [...paths].map((path): ModelFile => {
    const text = FILES[path] ?? '';
    return { path, text: changed[path]?.(text) ?? text };
  });
  return compileProject(files);
}

/** Time as the test sets it. */
export class SetClock extends Clock {
  constructor(public time: Date) {
    super();
  }

  override now(): Date {
    return this.time;
  }
}

export function smallRunner(
  warehouse: Warehouse,
  controlDb: ControlDb,
  {
    project = smallProject(),
    clock = new Clock(),
    validationLog,
  }: { project?: Project; clock?: Clock; validationLog?: Logger } = {},
): Runner {
  const logger = createLogger(process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const workers = new WorkerPool();
  closeAfterAll(() => workers.close());
  const runner = new Runner(project, {
    warehouse,
    workers,
    config: { reportingTimezone: 'UTC' },
    controlDb,
    clock,
    telemetry: new Telemetry(),
    logger,
    ...(validationLog ? { validationLog } : {}),
  });
  closeAfterAll(() => runner.stop());
  return runner;
}

/** Runs `action` before the next statement that contains `text`. */
export function beforeStatement(
  warehouse: Warehouse,
  text: string,
  action: () => Promise<void>,
): void {
  const command = warehouse.command.bind(warehouse);
  const spy = jest.spyOn(warehouse, 'command').mockImplementation(async (role, sql, parameters) => {
    if (sql.includes(text)) {
      spy.mockRestore();
      await action();
    }
    return command(role, sql, parameters);
  });
}

/** Ends the connection that holds the leadership, as a failing network would. */
export async function cutLeader(controlDb: ControlDb): Promise<void> {
  const rows = await controlDb.dataSource.query<{ cut: boolean }[]>(
    `select pg_terminate_backend(pid, 5000) as cut from pg_locks
     where locktype = 'advisory' and granted and objid = $1
       and database = (select oid from pg_database where datname = current_database())`,
    [ADVISORY_LOCKS.pipelineLeader],
  );
  if (rows.length !== 1 || !rows[0]!.cut) throw new Error('Nobody led, or would not end.');
}

export interface Delivery {
  id: string;
  item?: string;
  at?: string;
  /** The load time, where the engine's own will not do. */
  loadedAt?: Date;
}

/** Inserts deliveries into bronze as one load. */
export async function deliver(warehouse: Warehouse, deliveries: Delivery[]): Promise<void> {
  const rows = deliveries.map(({ id, item = id, at = '2026-11-05 12:00:00.000', loadedAt }) => ({
    source: 'web',
    message_id: id,
    user_id: item,
    occurred_at: at,
    received_at: at,
    original_date: at.slice(0, 10),
    has_client_timestamp: true,
    ...(loadedAt ? { _loaded_at: toEngineInstant(loadedAt) } : {}),
  }));
  const lines = rows.map((row) => JSON.stringify(row));
  await warehouse.insertLines('bronze.events', Object.keys(rows[0]!), lines);
}

/** The ids that `silver.items` holds, in order. */
export async function itemIds(warehouse: Warehouse): Promise<string[]> {
  const sql = 'select message_id as id from silver.items order by id';
  return (await warehouse.query<{ id: string }>('reader', sql)).map(({ id }) => id);
}

/** The days of `gold.daily` with their counts. */
export async function daily(warehouse: Warehouse): Promise<Record<string, string>> {
  const rows = await warehouse.query<{ day: string; deliveries: string }>(
    'reader',
    'select day, deliveries from gold.daily order by day',
  );
  return Object.fromEntries(rows.map(({ day, deliveries }) => [day, deliveries]));
}
