/**
 * What readers of a second process know of publishes in the first: two boards on one database. The
 * boards' clocks stand still unless a test moves them, so that nothing is learnt by chance.
 */
import { randomUUID } from 'node:crypto';
import { Freshness } from '../../src/analytics/freshness.js';
import { PipelineState } from '../../src/analytics/runner/pipeline-state.js';
import { PublishLog, type Publication } from '../../src/analytics/runner/publish-log.js';
import { MAX_AGE_MS, VersionBoard } from '../../src/analytics/runner/version-board.js';
import { openAnnouncements, type Announcements } from '../../src/platform/cache/announcements.js';
import { Clock } from '../../src/platform/clock/clock.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { findProgram, requireOrSkip } from '../support/optional.js';
import { startRedis, type PrivateRedis } from '../support/redis.js';
import { closeAfterAll, openTestControlDb } from '../support/stores.js';
import { smallProject } from './small-project.js';

const DAY = '2026-11-05';
const redisServer = findProgram('redis-server');
const isRedisHere = requireOrSkip(
  'version-board.spec',
  redisServer !== null,
  'redis-server not found',
);

let controlDb: ControlDb;

beforeEach(async () => {
  controlDb = await openTestControlDb();
});

/** One process: its log, its states and its board. */
function openProcess(redisUrl?: string) {
  const announcements = openAnnouncements(redisUrl, 'one', createLogger('silent'));
  closeAfterAll(async () => announcements.close());
  const log = new PublishLog(controlDb.dataSource, new Clock());
  const state = new PipelineState(controlDb.dataSource, new Clock());
  const clock = { ms: 0 };
  const board = new VersionBoard(controlDb.dataSource, announcements, () => clock.ms);
  board.follow(log.changed, state.changed);
  const freshness = new Freshness(smallProject(), board);
  const at = new Date(`${DAY}T12:00:00Z`);
  const version = (model = 'gold.daily') => freshness.versionOf([model], at, at);
  return { announcements, log, state, clock, board, freshness, version, at };
}

const publication = (given: Partial<Publication> = {}): Publication => ({
  model: 'gold.daily',
  partitions: [DAY],
  runId: randomUUID(),
  epoch: 1,
  ...given,
});

async function publish(log: PublishLog, given: Partial<Publication> = {}): Promise<void> {
  const published = publication(given);
  await log.commit(published, await log.begin(published));
}

/** Calls back at the next announcement, and at those that may have been missed. */
const nextAnnouncement = (announcements: Announcements) =>
  new Promise<void>((resolve) => announcements.subscribe(resolve));

describe('the process that publishes', () => {
  it('sees each mark at once, the one before the swap included', async () => {
    const { log, version } = openProcess();
    const before = await version();
    const open = publication();
    const number = await log.begin(open);
    expect(await version()).toMatchObject({ isPublishing: true });
    await log.commit(open, number);
    const after = await version();
    expect(after.isPublishing).toBe(false);
    expect(after.version).not.toBe(before.version);
  });

  it('sees a publish left open until it is recovered, and then another version', async () => {
    const { log, version } = openProcess();
    await publish(log);
    const before = await version();
    await log.begin(publication());
    expect((await version()).isPublishing).toBe(true);
    expect(await log.recover()).toBe(1);
    const after = await version();
    expect(after).toMatchObject({ isPublishing: false });
    expect(after.version).not.toBe(before.version);
  });

  it('sees at once where a model stands', async () => {
    const { state, freshness, at } = openProcess();
    await state.reset('gold.daily', 'hash');
    expect(await freshness.of(['gold.daily'])).toEqual({ asOf: null, held: [] });
    await state.advance(['gold.daily'], at);
    expect(await freshness.of(['gold.daily'])).toEqual({ asOf: at, held: [] });
    await state.stop('gold.daily', 'held', 'A check failed.');
    expect(await freshness.of(['gold.daily'])).toEqual({ asOf: at, held: ['gold.daily'] });
  });

  it('sees another definition of a view, which publishes nothing', async () => {
    const { state, version } = openProcess();
    await state.reset('gold.daily', 'old');
    const before = await version();
    await state.reset('gold.daily', 'new');
    expect((await version()).version).not.toBe(before.version);
  });
});

describe('another process', () => {
  it('sees a publish when its last look is 1 s old, and not for longer the old one', async () => {
    const [writer, reader] = [openProcess(), openProcess()];
    const before = await reader.version();
    await publish(writer.log);
    expect(await reader.version()).toEqual(before);
    reader.clock.ms += MAX_AGE_MS;
    expect(await reader.version()).toEqual(await writer.version());
    expect((await reader.version()).version).not.toBe(before.version);
  });

  it('sees as of now, when it has to know', async () => {
    const [writer, reader] = [openProcess(), openProcess()];
    const now = () => reader.freshness.versionNow(['gold.daily'], reader.at, reader.at);
    const before = await reader.version();
    const number = await writer.log.begin(publication());
    expect(await now()).toMatchObject({ isPublishing: true });
    await writer.log.commit(publication(), number);
    const after = await now();
    expect(after.isPublishing).toBe(false);
    expect(after.version).not.toBe(before.version);
  });

  it('sees that a model was made anew, though it published as many days again', async () => {
    const [writer, reader] = [openProcess(), openProcess()];
    const days = ['2026-11-04', DAY];
    await publish(writer.log, { partitions: days });
    const before = await reader.version();
    await writer.log.forget('gold.daily');
    await publish(writer.log, { partitions: ['2026-12-01', '2026-12-02'] });
    reader.clock.ms += MAX_AGE_MS;
    const after = await reader.version();
    expect(after).toEqual(await writer.version());
    expect([before.version, after.version]).toEqual([expect.stringMatching(/^1/), '0.']);
  });

  it('counts the partition of a model without days', async () => {
    const [writer, reader] = [openProcess(), openProcess()];
    const before = await reader.version();
    await publish(writer.log, { partitions: ['all'] });
    expect(
      (await reader.freshness.versionNow(['gold.daily'], reader.at, reader.at)).version,
    ).not.toBe(before.version);
  });
});

describe('a leader that was followed by another', () => {
  it('marks nothing any more, and takes no newer mark back', async () => {
    const { log, version } = openProcess();
    const number = await log.begin(publication());
    await log.recover();
    await publish(log, { partitions: ['2026-11-06'] });
    const recovered = await version();
    await log.commit(publication(), number);
    expect(await version()).toEqual(recovered);
    await controlDb.dataSource.query(
      `insert into leader_epochs (instance, acquired_at) values ('a', now()), ('b', now())`,
    );
    await log.begin(publication({ epoch: 1 }));
    expect(await version()).toEqual(recovered);
    await log.begin(publication({ epoch: 2 }));
    expect(await version()).toMatchObject({ isPublishing: true });
  });
});

it('takes in a log of 40,000 entries, and then what changed, within its time', async () => {
  const { log, board, version } = openProcess();
  await controlDb.dataSource.query(
    `insert into publish_log
     select 'model.' || i % 20, (date '2020-01-01' + i / 20)::text, nextval('publish_versions'),
       'published', gen_random_uuid(), 1, now()
     from generate_series(0, 39999) as i`,
  );
  const entries = async () => (await board.look()).versionOf('model.7', '2020-01-01', '2020-01-01');
  expect(await entries()).toEqual({ version: '8', isPublishing: false });
  const startedAt = performance.now();
  await publish(log);
  expect((await version()).version).not.toBe('0.');
  expect(performance.now() - startedAt).toBeLessThan(MAX_AGE_MS);
});

(isRedisHere ? describe : describe.skip)('over Redis', () => {
  let redis: PrivateRedis;

  beforeAll(async () => {
    redis = await startRedis(redisServer!);
    closeAfterAll(() => redis.kill());
  });

  /** A process whose subscription stands: Redis has told it so. */
  async function openListening() {
    const opened = openProcess(redis.url);
    const subscribed = nextAnnouncement(opened.announcements);
    await opened.version();
    await subscribed;
    await opened.version();
    return opened;
  }

  it('another process sees a publish at its announcement', async () => {
    const reader = await openListening();
    const writer = openProcess(redis.url);
    const before = await reader.version();
    const announced = nextAnnouncement(reader.announcements);
    const number = await writer.log.begin(publication());
    await announced;
    expect(await reader.version()).toMatchObject({ isPublishing: true });
    const committed = nextAnnouncement(reader.announcements);
    await writer.log.commit(publication(), number);
    await committed;
    const after = await reader.version();
    expect(after.isPublishing).toBe(false);
    expect(after.version).not.toBe(before.version);
  });

  it('a process does not tell itself what it knows', async () => {
    const { announcements, log } = await openListening();
    const other = await openListening();
    let told = 0;
    announcements.subscribe(() => (told += 1));
    const heard = nextAnnouncement(other.announcements);
    await publish(log);
    await heard;
    const answered = nextAnnouncement(announcements);
    other.announcements.announce();
    await answered;
    expect(told).toBe(1);
  });

  it('of another installation nothing is heard', async () => {
    const reader = await openListening();
    const other = openAnnouncements(redis.url, 'two', createLogger('silent'));
    closeAfterAll(async () => other.close());
    let told = 0;
    reader.announcements.subscribe(() => (told += 1));
    other.announce();
    const heard = nextAnnouncement(reader.announcements);
    openProcess(redis.url).announcements.announce();
    await heard;
    expect(told).toBe(1);
  });

  it('without Redis for a while, looks by itself; and listens again when it is back', async () => {
    const reader = await openListening();
    const writer = await openListening();
    const before = await reader.version();
    await redis.kill();
    await publish(writer.log);
    reader.clock.ms += MAX_AGE_MS;
    const without = await reader.version();
    expect(without).toEqual(await writer.version());
    expect(without.version).not.toBe(before.version);
    const back = [reader, writer].map(({ announcements }) => nextAnnouncement(announcements));
    await redis.start();
    await Promise.all(back);
    await reader.version();
    const announced = nextAnnouncement(reader.announcements);
    await publish(writer.log);
    await announced;
    expect((await reader.version()).version).not.toBe(without.version);
  });
});

it('warns once that Redis does not answer, and goes on', async () => {
  const logger = createLogger('silent');
  const warnings: unknown[] = [];
  logger.warn = (...given: unknown[]) => void warnings.push(given);
  const lost = openAnnouncements('redis://127.0.0.1:1', 'one', logger);
  lost.subscribe(() => undefined);
  const warned = async () => {
    while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  for (let index = 0; index < 5; index += 1) lost.announce();
  await warned();
  lost.announce();
  lost.close();
  lost.announce();
  expect(warnings).toEqual([[expect.stringContaining('REDIS_URL')]]);
});
