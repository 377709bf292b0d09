/** One leader at a time, over two services on one control database and one warehouse. */
import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Fence } from '../../src/analytics/runner/fence.js';
import { Leadership, LostLeadership } from '../../src/analytics/runner/leader.js';
import { PipelineState } from '../../src/analytics/runner/pipeline-state.js';
import { PublishLog } from '../../src/analytics/runner/publish-log.js';
import { newRun } from '../../src/analytics/runner/run-record.js';
import { Ticks } from '../../src/analytics/runner/ticks.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { PublishLogEntry } from '../../src/platform/control-db/entities/pipeline.entities.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import {
  closeAfterAll,
  createTestDatabase,
  openTestWarehouse,
  temporaryFolder,
} from '../support/stores.js';
import {
  beforeStatement,
  cutLeader,
  daily,
  deliver,
  itemIds,
  smallRunner,
} from './small-project.js';

interface SilentNetwork {
  url: string;
  /** From now on nothing passes, and nobody is told. */
  silence(): void;
  close(): void;
}

async function startSilentNetwork(target: URL): Promise<SilentNetwork> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(Number(target.port), target.hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.push(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    silence: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The outcome of `work`, or an error when it takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = pause(milliseconds, undefined, { ref: false }).then(() => {
    throw new Error(`There was no outcome within ${milliseconds} ms.`);
  });
  return Promise.race([work, late]);
}

let databaseUrl: string;
let one: ControlDb;
let two: ControlDb;

beforeAll(async () => {
  databaseUrl = await createTestDatabase();
  const open = async () => {
    const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
    closeAfterAll(() => controlDb.close());
    return controlDb;
  };
  one = await open();
  two = await open();
});

afterEach(() => jest.restoreAllMocks());

describe('Leadership', () => {
  const tryOne = () => Leadership.tryAcquire(one, 'one');
  const tryTwo = () => Leadership.tryAcquire(two, 'two');

  async function countConnections(): Promise<number> {
    const rows = await one.dataSource.query<{ n: number }[]>(
      'select count(*)::integer as n from pg_stat_activity where datname = current_database()',
    );
    return rows[0]!.n;
  }

  it('is one service’s until released, and then the next one’s with a higher epoch', async () => {
    const first = (await tryOne())!;
    expect(await tryTwo()).toBeNull();
    await first.confirm();
    await first.release();
    const second = (await tryTwo())!;
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(first.isHeld).toBe(false);
    await expect(first.confirm()).rejects.toThrow(LostLeadership);
    await second.confirm();
    await second.release();
  });

  it('goes to one of many at once, and the others leave no connection', async () => {
    const before = await countConnections();
    const all = await Promise.all(Array.from({ length: 8 }, tryOne));
    const leaders = all.filter((leadership) => leadership !== null);
    expect(leaders).toHaveLength(1);
    await leaders[0]!.release();
    expect(await countConnections()).toBe(before);
  });

  it('is lost with its connection', async () => {
    const first = (await tryOne())!;
    await cutLeader(two);
    await expect(first.confirm()).rejects.toThrow(LostLeadership);
    expect(first.isHeld).toBe(false);
    const second = (await tryTwo())!;
    await second.confirm();
    await second.release();
    await first.release();
  });

  it('expires when its holder falls silent, and is kept by one that is heard', async () => {
    const expiryMs = 1_000;
    const first = (await Leadership.tryAcquire(one, 'one', { heartbeatMs: 200, expiryMs }))!;
    await pause(2 * expiryMs);
    await first.confirm();
    // One without a heartbeat is as silent as one that is paused, but can still be asked.
    await first.release();
    const silent = (await Leadership.tryAcquire(one, 'silent', { heartbeatMs: 60_000, expiryMs }))!;
    const askedAt = performance.now();
    let second = await tryTwo();
    while (!second && performance.now() - askedAt < 10 * expiryMs) {
      await pause(50);
      second = await tryTwo();
    }
    expect(second).not.toBeNull();
    expect(performance.now() - askedAt).toBeGreaterThan(expiryMs / 2);
    expect(silent.isHeld).toBe(false);
    expect(() => silent.assertHeld()).toThrow(LostLeadership);
    await expect(silent.confirm()).rejects.toThrow(LostLeadership);
    await second!.confirm();
    await second!.release();
    await silent.release();
  });

  describe('over a network that goes silent', () => {
    let network: SilentNetwork;
    let far: ControlDb;

    beforeEach(async () => {
      network = await startSilentNetwork(new URL(databaseUrl));
      far = await ControlDb.open({ databaseUrl: network.url, dataDir: temporaryFolder() });
    });

    afterEach(async () => {
      network.close();
      await far.close();
    });

    it('is lost when no confirmation comes, and can be given up', async () => {
      const leader = (await Leadership.tryAcquire(far, 'far'))!;
      network.silence();
      await expect(within(8_000, leader.confirm())).rejects.toThrow(LostLeadership);
      expect(leader.isHeld).toBe(false);
      await within(1_000, leader.release());
    });

    it('is given up without waiting for a goodbye', async () => {
      const leader = (await Leadership.tryAcquire(far, 'far'))!;
      network.silence();
      await within(8_000, leader.release());
    });
  });

  it('does not shorten how long another lock is waited for', async () => {
    const held = one.withAdvisoryLock(1, () => pause(6_000));
    await pause(100);
    expect(await two.withAdvisoryLock(1, async () => 'held')).toBe('held');
    await held;
  });

  it('cannot be confirmed under a newer epoch', async () => {
    const first = (await tryOne())!;
    await two.dataSource.query(
      `insert into leader_epochs (instance, acquired_at) values ('newer', now())`,
    );
    await expect(first.confirm()).rejects.toThrow(LostLeadership);
    await first.release();
  });
});

describe('a leader that was followed', () => {
  const clock = new Clock();
  let before: Fence;
  let after: Fence;

  beforeAll(async () => {
    [before, after] = [new Fence(), new Fence()];
    for (const fence of [before, after]) {
      const leadership = (await Leadership.tryAcquire(one, 'fenced'))!;
      fence.epoch = leadership.epoch;
      await leadership.release();
    }
  });

  const remembered = () =>
    one.dataSource.query<unknown[]>(
      `select (select json_agg(w order by upstream) from watermarks as w where model = 'm') as marks,
         (select json_agg(c) from consumed_versions as c where model = 'm') as consumed,
         (select json_agg(s) from model_states as s where model = 'm') as states,
         (select json_agg(l order by partition) from publish_log as l where model = 'm') as log,
         (select json_agg(t) from schedule_ticks as t where schedule = 's') as ticks`,
    );

  it('changes nothing of what the pipeline remembers', async () => {
    const newer = new PipelineState(one.dataSource, clock, after);
    const older = new PipelineState(two.dataSource, clock, before);
    const newerLog = new PublishLog(one.dataSource, clock, after);
    const olderLog = new PublishLog(two.dataSource, clock, before);
    const publication = { model: 'm', partitions: ['2026-11-05'], runId: randomUUID() };
    await newer.reset('m', 'hash');
    await newer.saveWatermark('m', 'u', new Date('2026-11-05'));
    await newerLog.saveConsumed('m', new Map([['u', '1']]));
    await newerLog.begin({ ...publication, epoch: after.epoch });
    const due = new Date('2024-11-05T12:00:00Z');
    expect(await new Ticks(one.dataSource, after).claim('s', due)).toBe(true);
    const standing = await remembered();

    const lost = (work: Promise<unknown>) => expect(work).rejects.toThrow(LostLeadership);
    await lost(older.reset('m', 'other'));
    await lost(older.saveWatermark('m', 'u', new Date()));
    await lost(older.saveWatermark('m', 'other', new Date()));
    await lost(older.advance(['m'], new Date()));
    await lost(older.stop('m', 'failed', 'stale'));
    await lost(olderLog.saveConsumed('m', new Map([['u', '9']])));
    await olderLog.begin({ ...publication, partitions: ['2026-11-06'], epoch: before.epoch });
    await olderLog.recover();
    await olderLog.forget('m');
    const stale = new Ticks(two.dataSource, before);
    expect(await stale.claim('s', new Date('2024-11-05T13:00:00Z'))).toBe(false);
    await stale.finish('s', due);
    expect(await remembered()).toEqual(standing);
  });

  it('does not take back what its follower wrote of a run', async () => {
    const newer = new PipelineState(one.dataSource, clock, after);
    const older = new PipelineState(two.dataSource, clock, before);
    const run = newRun({ target: 'all', trigger: 'request' }, clock.now());
    await older.saveRun({ ...run, epoch: String(before.epoch) });
    const other = newRun({ target: 'all', trigger: 'request' }, clock.now());
    await newer.saveRun({ ...other, epoch: String(after.epoch) });
    await older.closeOrphanedRuns([]);
    expect(await newer.findRun(other.id)).toMatchObject({ status: 'running' });
    await newer.closeOrphanedRuns([other.id]);
    await older.saveRun({ ...run, epoch: String(before.epoch), status: 'published' });
    expect(await newer.findRun(run.id)).toMatchObject({ status: 'failed' });
    expect(await newer.findRun(other.id)).toMatchObject({ status: 'running' });
    await newer.closeOrphanedRuns([]);
  });

  it('leaves a tick to its follower unless it was done', async () => {
    const [older, newer] = [before, after].map((fence) => new Ticks(one.dataSource, fence));
    const due = new Date('2024-11-05T12:00:00Z');
    await one.dataSource.query(
      `insert into schedule_ticks values ('undone', $1, $2, null), ('done', $1, $2, now())`,
      [due, before.epoch],
    );
    expect(await older!.claim('undone', due)).toBe(false);
    expect(await newer!.claim('undone', due)).toBe(true);
    expect(await newer!.claim('done', due)).toBe(false);
    expect(await newer!.claim('done', new Date('2024-11-05T11:00:00Z'))).toBe(false);
    expect(await newer!.claim('done', new Date('2024-11-05T13:00:00Z'))).toBe(true);
    // One whose clock was years ahead.
    expect(await newer!.claim('done', new Date(Date.now() + 1e11))).toBe(true);
    expect(await newer!.claim('done', new Date('2024-11-05T14:00:00Z'))).toBe(true);
  });
});

describe('two runners', () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    warehouse = await openTestWarehouse();
  });

  const requested = () => one.dataSource.query<unknown[]>('select run_id from run_requests');
  const entries = (model: string) =>
    one.dataSource.query<Pick<PublishLogEntry, 'partition' | 'status' | 'version'>[]>(
      'select partition, status, version from publish_log where model = $1 order by partition',
      [model],
    );

  it('take turns: one leads, the other takes over and drops the stages it finds', async () => {
    const a = smallRunner(warehouse, one);
    const b = smallRunner(warehouse, two);
    expect(await a.lead()).toBe(true);
    expect(await b.lead()).toBe(false);
    expect(await b.tick('streaming')).toBeNull();
    const first = await a.run({ target: 'all', trigger: 'request' });
    await warehouse.command(
      'pipeline',
      'create table stage.left_behind__e1_x (a UInt8) engine = MergeTree order by a',
    );
    await a.stop();
    expect(await b.lead()).toBe(true);
    const stages = `select name from system.tables where database = 'stage'`;
    expect(await warehouse.query('reader', stages)).toEqual([]);
    const second = await b.run({ target: 'all', trigger: 'request' });
    expect(Number(second.epoch)).toBeGreaterThan(Number(first.epoch));
    expect(await a.tick('streaming')).toBeNull();
    await b.stop();
  });

  it('hand a run that the follower is asked for to the leader', async () => {
    const a = smallRunner(warehouse, one);
    const b = smallRunner(warehouse, two);
    expect(await a.lead()).toBe(true);
    const { id, finished } = await b.submit({ target: 'all', trigger: 'request' });
    let ended = false;
    void finished.finally(() => (ended = true));
    while ((await requested()).length === 0) await pause(20);
    expect(await b.tick('streaming')).toBeNull();
    expect(ended).toBe(false);
    const tick = await a.tick('streaming');
    const run = await finished;
    expect(run).toMatchObject({ id, status: 'published', trigger: 'request', epoch: tick!.epoch });
    expect(await requested()).toEqual([]);

    // What a leader did not take before it went, the follower does itself.
    const { finished: second } = await b.submit({ target: 'all', trigger: 'request' });
    while ((await requested()).length === 0) await pause(20);
    await a.stop();
    expect(await b.tick('streaming')).not.toBeNull();
    expect(Number((await second).epoch)).toBeGreaterThan(Number(run.epoch));
    await b.stop();
  });

  it('do each tick of a schedule once', async () => {
    const runners = [smallRunner(warehouse, one), smallRunner(warehouse, two)] as const;
    const due = (hour: number) => new Date(Date.UTC(2024, 10, 5, hour));
    const tickBoth = async (hour: number) =>
      (await Promise.all(runners.map((runner) => runner.tick('hourly', due(hour))))).map(Boolean);
    await runners[0].lead();
    expect(await tickBoth(1)).toEqual([true, false]);
    expect(await runners[0].tick('hourly', due(1))).toBeNull();
    await runners[0].stop();
    expect(await runners[1].tick('hourly', due(1))).toBeNull();
    expect(await runners[1].tick('hourly', due(2))).not.toBeNull();
    await runners[1].stop();
  });

  it('stop a run whose leadership is cut before its publish, and publish nothing', async () => {
    const runner = smallRunner(warehouse, one);
    await runner.lead();
    await deliver(warehouse, [{ id: 'cut-before' }]);
    beforeStatement(warehouse, 'insert into stage.', () => cutLeader(two));
    const cut = await runner.tick('all');
    expect(cut).toMatchObject({ status: 'failed', error: 'LostLeadership' });
    expect(await itemIds(warehouse)).toEqual([]);
    expect((await entries('silver.items')).filter(({ status }) => status === 'published')).toEqual(
      [],
    );
    const next = await runner.tick('all');
    expect(next).toMatchObject({ status: 'published' });
    expect(Number(next!.epoch)).toBeGreaterThan(Number(cut!.epoch));
    expect(await itemIds(warehouse)).toEqual(['cut-before']);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1' });
    await runner.stop();
  });

  it('close what a leader cut in its publish left open, so that downstream takes it in', async () => {
    const runner = smallRunner(warehouse, one);
    await runner.lead();
    await deliver(warehouse, [{ id: 'cut-within', at: '2026-11-06 08:00:00.000' }]);
    beforeStatement(warehouse, 'insert into silver.items', () => cutLeader(two));
    expect(await runner.tick('all')).toMatchObject({ status: 'failed' });
    const open = (await entries('silver.items')).find(
      ({ partition }) => partition === '2026-11-06',
    );
    expect(open?.status).toBe('publishing');
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1' });

    const other = smallRunner(warehouse, two);
    await other.lead();
    const closed = (await entries('silver.items')).find(
      ({ partition }) => partition === '2026-11-06',
    );
    expect(closed?.status).toBe('published');
    expect(Number(closed?.version)).toBeGreaterThan(Number(open?.version));
    await other.tick('all');
    expect(await itemIds(warehouse)).toEqual(['cut-before', 'cut-within']);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '1' });
    await other.stop();
  });

  it('recompute downstream whatever an open publish may have left in it', async () => {
    await two.dataSource.query(
      `update publish_log set status = 'publishing'
       where model = 'silver.items' and partition = '2026-11-05'`,
    );
    await warehouse.command(
      'pipeline',
      `alter table gold.daily update deliveries = 99 where 1 settings mutations_sync = 2`,
    );
    const runner = smallRunner(warehouse, one);
    await runner.tick('all');
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '99' });
    await runner.stop();
  });
});
