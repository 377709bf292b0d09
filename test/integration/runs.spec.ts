/** Runs as their records tell of them: tasks, attempts, cancellation, retries, backfills. */
import { CodedError } from '../../src/contracts/errors.js';
import type { Runner } from '../../src/analytics/index.js';
import type { PipelineRun } from '../../src/platform/control-db/entities/pipeline.entities.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestControlDb, openTestWarehouse } from '../support/stores.js';
import { beforeStatement, daily, deliver, itemIds, smallRunner } from './small-project.js';

let warehouse: Warehouse;
let controlDb: ControlDb;
let runner: Runner;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  controlDb = await openTestControlDb();
});

beforeEach(async () => {
  await warehouse.command('pipeline', 'truncate table bronze.events');
  await controlDb.dataSource.query('delete from model_states; delete from pipeline_runs');
  runner = smallRunner(warehouse, controlDb);
  await runner.lead();
});

afterEach(() => runner.stop());

const request = (target = 'all') => ({
  target,
  trigger: 'request' as const,
  requestedBy: 'tester',
});
const stored = (id: string) => runner.state.findRun(id) as Promise<PipelineRun>;
const refusal = (code: string, type: string) => Object.assign(new Error(type), { code, type });
const failOnce = (text: string, error: Error) =>
  beforeStatement(warehouse, text, () => Promise.reject(error));

describe('a run', () => {
  it('tells what each task read and made, and its rows lead back to it', async () => {
    await deliver(warehouse, [{ id: 'a', item: 'mug' }, { id: 'b', item: 'mug' }, { id: 'c' }]);
    const { id } = await runner.run(request());
    const run = await stored(id);
    expect(run).toMatchObject({ status: 'published', requestedBy: 'tester', trigger: 'request' });
    expect(run.models['silver.items']).toMatchObject({
      ...{ status: 'published', attempts: 1, rows_in: 3, rows: 3, partitions: 1 },
      checkpoints: { 'bronze.events': { after: '1970-01-01T00:00:00.000Z' } },
    });
    expect(run.models['gold.daily']).toMatchObject({ rows: 1 });
    for (const task of Object.values(run.models)) {
      expect(task.bytes).toBeGreaterThan(0);
      expect(Number(task.version)).toBeGreaterThan(0);
    }
    for (const table of ['silver.items', 'silver.latest__versions', 'gold.daily']) {
      const loads = await warehouse.query(
        'reader',
        `select distinct toString(_load_id) as id from ${table}`,
      );
      expect(loads).toEqual([{ id }]);
    }
  });

  it('that changes nothing leaves the rows to the run that made them', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    const first = await runner.run(request());
    await deliver(warehouse, [{ id: 'a' }]);
    expect((await runner.run(request())).models['silver.items']).toMatchObject({ rows: 0 });
    const loads = await warehouse.query(
      'reader',
      'select toString(_load_id) as id from gold.daily',
    );
    expect(loads).toEqual([{ id: first.id }]);
  });
});

describe('tables from before rows told which run made them', () => {
  it('are told it from then on, in every kind of model', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    await runner.run(request());
    const tables = ['silver.items', 'silver.latest__versions', 'gold.daily'];
    for (const table of tables) {
      await warehouse.command('pipeline', `alter table ${table} drop column _load_id`);
    }
    await runner.stop();
    runner = smallRunner(warehouse, controlDb);
    await runner.lead();
    await deliver(warehouse, [{ id: 'b' }]);
    const { id } = await runner.run(request());
    for (const table of tables) {
      const { loads } = await warehouse.queryOne<{ loads: string[] }>(
        'reader',
        `select groupUniqArray(toString(_load_id)) as loads from ${table}`,
      );
      expect(loads).toContain(id);
    }
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '2' });
    // A backfill swaps partitions of tables whose columns stand in another order.
    await warehouse.command(
      'pipeline',
      `alter table silver.items delete where message_id = 'a' settings mutations_sync = 1`,
    );
    const parameters = { from: '2026-11-01', to: '2026-12-01' };
    const backfill = { ...request('silver.items'), trigger: 'backfill' as const, parameters };
    expect((await (await runner.backfill(backfill)).finished).status).toBe('published');
    expect(await itemIds(warehouse)).toEqual(['a', 'b']);
  });
});

describe('a task that fails', () => {
  it('is tried again where it may pass', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    failOnce('insert into silver.items ', new CodedError('store_unavailable', 'Away.'));
    const { status, models } = await runner.run(request());
    expect(status).toBe('published');
    expect(models['silver.items']).toMatchObject({ attempts: 2, rows: 1 });
    expect(await itemIds(warehouse)).toEqual(['a']);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1' });
  });

  it('is tried again after its rows were inserted, and they count once', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    const { log } = runner;
    const commit = log.commit.bind(log);
    let failures = 1;
    log.commit = async (...given) => {
      if (given[0].model === 'silver.items' && failures-- > 0) {
        throw Object.assign(new Error('gone'), { code: '57P01' });
      }
      return commit(...given);
    };
    const { status, models } = await runner.run(request());
    expect(status).toBe('published');
    expect(models['silver.items']).toMatchObject({ attempts: 2 });
    expect(await itemIds(warehouse)).toEqual(['a']);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1' });
  });

  it('is not tried again where it cannot pass, and stops only what stands below it', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    failOnce('insert into stage.silver_latest', refusal('47', 'UNKNOWN_IDENTIFIER'));
    const { status, models } = await runner.run(request());
    expect(status).toBe('failed');
    expect(models['silver.latest']).toMatchObject({ status: 'failed', attempts: 1 });
    expect(models['silver.items']).toMatchObject({ status: 'published' });
    expect(models['gold.daily']).toMatchObject({ status: 'published' });
  });
});

describe('a run that is cancelled', () => {
  it('stops before its next task; what it published stays', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    const { id, finished } = await runner.submit(request());
    beforeStatement(warehouse, 'insert into silver.items ', async () => {
      expect(await runner.cancel(id)).toBe(true);
    });
    const { status, models } = await finished;
    expect(status).toBe('cancelled');
    expect(models['silver.items']).toMatchObject({ status: 'published' });
    expect(models['gold.daily']).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect(await runner.cancel(id)).toBe(false);
    // The next one finds what it had published and goes on.
    expect((await runner.run(request())).status).toBe('published');
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1' });
  });

  it('does not begin if it still waits', async () => {
    const first = await runner.submit(request());
    const second = await runner.submit(request());
    await runner.cancel(second.id);
    expect((await first.finished).status).toBe('published');
    expect((await second.finished).status).toBe('cancelled');
    expect(await stored(second.id)).toMatchObject({ status: 'cancelled', models: {} });
  });
});

describe('ticks', () => {
  it('of an hour are one record, to which their rows lead', async () => {
    await deliver(warehouse, [{ id: 'a' }]);
    const first = (await runner.tick('streaming'))!;
    await deliver(warehouse, [{ id: 'b' }]);
    await runner.tick('streaming');
    expect(await runner.state.recentRuns(10)).toMatchObject([
      { id: first.id, ticks: 2, requestedBy: 'schedule' },
    ]);
    const loads = await warehouse.query(
      'reader',
      'select distinct toString(_load_id) as id from silver.items',
    );
    expect(loads).toEqual([{ id: first.id }]);
  });
});

describe('a backfill', () => {
  const OCTOBER = { from: '2026-10-01', to: '2026-12-01' };
  const backfill = (target = 'all') =>
    runner.backfill({ ...request(target), trigger: 'backfill', parameters: OCTOBER });
  const days = [
    { id: 'a', item: 'mug', at: '2026-10-05 12:00:00.000' },
    { id: 'b', item: 'mug', at: '2026-11-05 12:00:00.000' },
    { id: 'c', item: 'cup', at: '2026-11-06 12:00:00.000' },
  ];
  const everything = async () => ({
    items: await itemIds(warehouse),
    latest: await warehouse.query(
      'reader',
      'select item, seen_at, deliveries from silver.latest order by item',
    ),
    daily: await daily(warehouse),
  });

  it('brings back what was lost and mends what is wrong, whatever of it stands', async () => {
    await deliver(warehouse, days);
    await runner.run(request());
    const sound = await everything();
    const spoil = [
      `alter table silver.items delete where message_id = 'b' settings mutations_sync = 1`,
      `alter table silver.items update item = 'jug' where message_id = 'c'
       settings mutations_sync = 1`,
      'truncate table silver.latest__versions',
      'truncate table gold.daily',
    ];
    for (const statement of spoil) await warehouse.command('pipeline', statement);
    const done = await (await backfill()).finished;
    expect(done).toMatchObject({
      status: 'published',
      progress: { done: 6, total: 6, next: null },
    });
    expect(await everything()).toEqual(sound);
    // Once more it has nothing to mend.
    const again = await (await backfill('silver.items')).finished;
    expect(again.models['silver.items']).toMatchObject({ rows_in: 3, rows: 0 });
  });

  it('lets ticks between its steps, and goes on under the next leader where it stopped', async () => {
    await deliver(warehouse, days);
    await runner.run(request());
    const sound = await everything();
    await warehouse.command('pipeline', 'truncate table gold.daily');
    const stopped = runner;
    const { id, finished } = await backfill();
    beforeStatement(warehouse, 'stage.gold_daily', async () => {
      // What waits now is run before the next step.
      void stopped.tick('streaming').then(() => stopped.stop());
      await deliver(warehouse, [{ id: 'd', item: 'cup', at: '2026-11-07 12:00:00.000' }]);
    });
    expect((await finished).status).toBe('running');
    await stopped.stop();
    expect(await stored(id)).toMatchObject({ status: 'running', finishedAt: null });
    expect(await itemIds(warehouse)).toContain('d');

    runner = smallRunner(warehouse, controlDb);
    await runner.lead();
    let run = await stored(id);
    while (run.status === 'running') {
      await runner.resign();
      await runner.lead();
      run = await stored(id);
    }
    expect(run).toMatchObject({ status: 'published', progress: { done: 6, total: 6 } });
    await runner.run(request());
    expect((await everything()).daily).toEqual({ ...sound.daily, '2026-11-07': '1' });
  });

  it('that failed goes on with the step that failed when it is asked for again', async () => {
    await deliver(warehouse, days);
    await runner.run(request());
    failOnce('stage.silver_latest', refusal('47', 'UNKNOWN_IDENTIFIER'));
    const failed = await (await backfill()).finished;
    expect(failed).toMatchObject({ status: 'failed', progress: { done: 4, total: 6 } });
    expect(failed.error).toContain('silver.latest 2026-10');
    const again = await runner.backfill({
      ...{ ...request(), trigger: 'backfill', parameters: OCTOBER, retryOf: failed.id },
    });
    const done = await again.finished;
    expect(done).toMatchObject({ status: 'published', retryOf: failed.id });
    expect(Object.keys(done.models)).toEqual(['silver.latest']);
  });

  it('is refused over what is no range', async () => {
    for (const parameters of [
      { from: '2026-11-02', to: '2026-11-01' },
      { from: 'today', to: 'tomorrow' },
      { from: '2026-02-30', to: '2026-03-02' },
      {},
    ]) {
      const wrong = { ...request(), trigger: 'backfill' as const, parameters };
      await expect(runner.backfill(wrong)).rejects.toMatchObject({ code: 'invalid_parameter' });
    }
  });
});
