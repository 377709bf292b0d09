/**
 * A leader that is paused between its last confirmation and its swap, for longer than its lock
 * lives: another one leads and publishes meanwhile. Whatever the kind of the model, the late swap
 * fails, changes nothing, and leaves nothing behind.
 */
import { jest } from '@jest/globals';
import type { Runner } from '../../src/analytics/runner/runner.js';
import { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import {
  closeAfterAll,
  createTestDatabase,
  openTestWarehouse,
  temporaryFolder,
} from '../support/stores.js';
import { beforeStatement, cutLeader, deliver, smallProject, smallRunner } from './small-project.js';

const TOTALS_SQL = `select count() as deliveries from ref('silver.items')`;
const TOTALS_YML = `
description: How many deliveries there are.
grain: one row
kind: full
schedule: streaming
owner: tests
key: [deliveries]
partition_by: none
order_by: [deliveries]
columns:
  - { name: deliveries, type: UInt64, description: How many. }`;

/** Items that are no longer wanted leave the day, which so becomes empty. */
const WANTED = (sql: string) => sql.replace('where', `where item not like 'unwanted%' and`);

const PROJECT = smallProject({
  '3_gold/totals.sql': () => TOTALS_SQL,
  '3_gold/totals.yml': () => TOTALS_YML,
  '3_gold/daily.sql': WANTED,
  '3_gold/daily.yml': (text) => text.replace('hourly', 'streaming'),
});

const TABLES = ['silver.items', 'silver.latest__versions', 'gold.daily', 'gold.totals'];

let warehouse: Warehouse;
let one: ControlDb;
let two: ControlDb;
let older: Runner;
let newer: Runner;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  const databaseUrl = await createTestDatabase();
  const open = async () => {
    const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
    closeAfterAll(() => controlDb.close());
    return controlDb;
  };
  [one, two] = [await open(), await open()];
});

beforeEach(async () => {
  older = smallRunner(warehouse, one, { project: PROJECT });
  newer = smallRunner(warehouse, two, { project: PROJECT });
  expect(await older.lead()).toBe(true);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await older.stop();
  await newer.stop();
});

const stored = async () => {
  const tables: Record<string, unknown> = {};
  for (const table of TABLES) {
    tables[table] = await warehouse.query('reader', `select * from ${table} order by all`);
  }
  const log = await one.dataSource.query<unknown[]>('select * from publish_log order by 1, 2');
  const marks = await one.dataSource.query<unknown[]>('select * from watermarks order by 1, 2');
  const consumed = await one.dataSource.query<unknown[]>(
    'select * from consumed_versions order by 1',
  );
  const states = await one.dataSource.query<unknown[]>('select * from model_states order by 1');
  const runs = await one.dataSource.query<unknown[]>(
    'select * from pipeline_runs where epoch = $1',
    [newerEpoch],
  );
  return { tables, log, marks, consumed, states, runs };
};

let newerEpoch: string;

const SWAPS = [
  ['append', 'insert into silver.items', 'a', '2026-11-05 08:00:00.000'],
  ['upsert', 'insert into silver.latest__versions', 'b', '2026-11-06 08:00:00.000'],
  ['partition', 'replace partition 202611', 'c', '2026-11-07 08:00:00.000'],
  ['partition that becomes empty', 'move partition 202612', 'unwanted', '2026-12-01 08:00:00.000'],
  ['full', 'exchange tables', 'd', '2026-11-08 08:00:00.000'],
] as const;

it.each(SWAPS)('cannot publish late: %s', async (_, swap, id, at) => {
  await deliver(warehouse, [{ id, at }]);
  let standing: unknown;
  beforeStatement(warehouse, swap, async () => {
    await cutLeader(two);
    // What came meanwhile must still stand after the late swap.
    await deliver(warehouse, [{ id: `later than ${id}`, at }]);
    const run = await newer.tick('streaming');
    expect(run?.status).toBe('published');
    newerEpoch = run!.epoch;
    standing = await stored();
  });
  const late = await older.tick('streaming');
  expect(standing).toBeDefined();
  expect(late).toMatchObject({ status: 'failed', error: 'LostLeadership' });
  expect(await stored()).toEqual(standing);
  const stages = await warehouse.query(
    'reader',
    `select name from system.tables where database = 'stage'`,
  );
  expect(stages).toEqual([]);
  const open = await one.dataSource.query<unknown[]>(
    `select from publish_log where status = 'publishing'`,
  );
  expect(open).toEqual([]);
  // It goes on as one that follows.
  expect(await older.tick('streaming')).toBeNull();
  expect(await newer.tick('streaming')).toMatchObject({ status: 'published' });
});

it('has counted every delivery once in the end', async () => {
  expect(await warehouse.query('reader', 'select deliveries from gold.totals')).toEqual([
    { deliveries: String(2 * SWAPS.length) },
  ]);
  const days = await warehouse.query(
    'reader',
    'select toString(day) as day, deliveries from gold.daily order by day',
  );
  expect(days).toEqual([
    ...['05', '06', '07', '08'].map((day) => ({ day: `2026-11-${day}`, deliveries: '2' })),
    { day: '2026-12-01', deliveries: '1' },
  ]);
});
