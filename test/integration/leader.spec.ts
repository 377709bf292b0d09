/** One leader at a time, over two services on one control database and one warehouse. */
import { jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Leadership, LostLeadership } from '../../src/analytics/runner/leader.js';
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

describe('two runners', () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    warehouse = await openTestWarehouse();
  });

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
    await expect(b.run({ target: 'all', trigger: 'request' })).rejects.toMatchObject({
      code: 'busy',
    });
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
