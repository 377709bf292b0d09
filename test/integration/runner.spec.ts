/** The runner over real stores: what it records, which rows it reads, and when it starts anew. */
import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LOOKBACK_SECONDS, WINDOW_ROWS } from '../../src/analytics/runner/load-window.js';
import type { Runner } from '../../src/analytics/runner/runner.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { MAX_EXECUTION_SECONDS } from '../../src/platform/warehouse/connections.js';
import { fromEngineInstant, type Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestControlDb, openTestWarehouse } from '../support/stores.js';
import { deliver, itemIds, SetClock, smallRunner } from './small-project.js';

let warehouse: Warehouse;
let controlDb: ControlDb;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
});

beforeEach(async () => {
  controlDb = await openTestControlDb();
  await warehouse.command('pipeline', 'truncate table bronze.events');
});

afterEach(() => jest.restoreAllMocks());

describe('the record of runs', () => {
  const clock = new SetClock(new Date('2026-11-05T12:10:00.000Z'));
  let runner: Runner;

  beforeEach(async () => {
    clock.time = new Date('2026-11-05T12:10:00.000Z');
    runner = smallRunner(warehouse, controlDb, { clock });
    await runner.lead();
  });

  afterEach(() => runner.stop());

  const records = async () =>
    (await runner.state.recentRuns(10)).map(({ target, ticks, models }) => ({
      target,
      ticks,
      rows: models['silver.items']?.rows ?? models['gold.daily']?.rows,
    }));

  it('leaves an empty tick out', async () => {
    await runner.tick('streaming');
    expect(await records()).toEqual([]);
    await deliver(warehouse, [{ id: 'a' }]);
    await runner.tick('streaming');
    await runner.tick('streaming');
    await runner.tick('streaming');
    expect(await records()).toEqual([{ target: 'streaming', ticks: 1, rows: 1 }]);
  });

  it('folds the ticks of an hour into one, with the sum of their rows', async () => {
    for (const [minute, ids] of [
      ['10', ['a', 'b', 'c']],
      ['20', ['d', 'e']],
    ] as const) {
      clock.time = new Date(`2026-11-05T12:${minute}:00.000Z`);
      await deliver(
        warehouse,
        ids.map((id) => ({ id })),
      );
      await runner.tick('streaming');
    }
    expect(await records()).toEqual([{ target: 'streaming', ticks: 2, rows: 5 }]);
    clock.time = new Date('2026-11-05T13:00:00.000Z');
    await deliver(warehouse, [{ id: 'f' }]);
    await runner.tick('streaming');
    expect(await records()).toEqual([
      { target: 'streaming', ticks: 1, rows: 1 },
      { target: 'streaming', ticks: 2, rows: 5 },
    ]);
  });

  it('folds each schedule by itself', async () => {
    for (const id of ['a', 'b']) {
      await deliver(warehouse, [{ id }]);
      await runner.tick('streaming');
      await runner.tick('hourly');
    }
    expect((await records()).map(({ target, ticks }) => [target, ticks]).sort()).toEqual([
      ['hourly', 2],
      ['streaming', 2],
    ]);
  });

  it('keeps every run asked for, and closes one that a dead process left open', async () => {
    const { id } = await runner.run({ target: 'all', trigger: 'request' });
    expect((await runner.state.findRun(id))?.status).toBe('published');
    const orphan = { ...(await runner.state.findRun(id))!, id: randomUUID() };
    await runner.state.saveRun({ ...orphan, status: 'running', finishedAt: null });
    await runner.stop();
    await runner.lead();
    expect(await runner.state.findRun(orphan.id)).toMatchObject({ status: 'failed' });
    expect((await runner.state.findRun(id))?.status).toBe('published');
  });

  it('knows no second run beside a tick under way', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    const [first, second] = await Promise.all([runner.tick('streaming'), runner.tick('streaming')]);
    expect(first?.status).toBe('published');
    expect(second).toBeNull();
  });
});

describe('the load window', () => {
  const at = (text: string) => fromEngineInstant(`2026-11-05 ${text}`);

  it('looks back further than an insert may last', () => {
    expect(LOOKBACK_SECONDS).toBeGreaterThan(MAX_EXECUTION_SECONDS.writer);
  });

  it('reads a row that becomes visible late, and none older than the lookback', async () => {
    const runner = smallRunner(warehouse, controlDb);
    await deliver(warehouse, [{ id: 'newest', loadedAt: at('12:00:00.000') }]);
    await runner.tick('streaming');
    await deliver(warehouse, [{ id: 'late', loadedAt: at('11:58:20.000') }]);
    await deliver(warehouse, [{ id: 'on-the-border', loadedAt: at('11:58:00.000') }]);
    await deliver(warehouse, [{ id: 'too-late', loadedAt: at('11:56:40.000') }]);
    await runner.tick('streaming');
    expect(await itemIds(warehouse)).toEqual(['late', 'newest']);
    await deliver(warehouse, [{ id: 'next', loadedAt: at('12:00:00.001') }]);
    await runner.tick('streaming');
    expect(await itemIds(warehouse)).toEqual(['late', 'newest', 'next']);
    await runner.stop();
  });

  it('takes a great load in parts, each row once', async () => {
    const rows = 450_000;
    await warehouse.command(
      'pipeline',
      `insert into bronze.events
         (source, message_id, user_id, occurred_at, original_date, has_client_timestamp, _loaded_at)
       select 'bulk', toString(number), toString(number % 1000), at, toDate(at), true, at
       from (select number, toDateTime64('2026-11-05 10:00:00', 3, 'UTC')
               + toIntervalMillisecond(number) as at from numbers({rows:UInt32}))`,
      { rows },
    );
    const runner = smallRunner(warehouse, controlDb);
    await runner.lead();
    const command = jest.spyOn(warehouse, 'command');
    const run = await runner.tick('all');
    const windows = command.mock.calls
      .filter(([, sql]) => /^insert into stage\.silver_items\w+_received /.test(sql))
      .map(([, , parameters]) => (parameters!['loaded_until'] as Date).getTime());
    // One row a millisecond, so that the instants count the rows.
    const start = at('10:00:00.000').getTime();
    const rowsUntil = windows.map((until) => until - start + 1);
    expect(rowsUntil).toEqual([WINDOW_ROWS, 2 * WINDOW_ROWS, rows]);
    expect(run?.models['silver.items']).toMatchObject({ status: 'published', rows });
    const counted = await warehouse.queryOne(
      'reader',
      `select count() as rows, uniqExact(message_id) as ids, (select count() from silver.latest)
         as items, (select sum(deliveries) from silver.latest) as deliveries,
         (select sum(deliveries) from gold.daily) as daily from silver.items`,
    );
    const all = String(rows);
    expect(counted).toEqual({ rows: all, ids: all, items: '1000', deliveries: all, daily: all });
    await runner.tick('all');
    expect((await runner.tick('all'))?.models['silver.items']).toMatchObject({
      status: 'unchanged',
      rows: 0,
    });
    await runner.stop();
  });
});
