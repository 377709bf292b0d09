/**
 * A leader is paused between its last confirmation and its swap, for longer than its lock lives.
 * The other service leads and publishes; the late swap fails and changes nothing, and who was
 * paused goes on as one that follows. Once for each kind of publish, the two taking turns.
 */
import { EXPIRY_MS } from '../../../src/analytics/runner/leader.js';
import { createWriteKey, runPipeline, until } from '../../support/spawned-service.js';
import { expectBalanced, tell } from './balance.js';
import { countTicks, expectNothingLeftOver, startPair, takenOver, type Pair } from './pair.js';
import { startShopper, type Shopper } from './shopper.js';

const INTERVAL_MS = 500;
/** The lock's life, a tick that finds it free, and what a busy machine adds. */
const TAKEOVER_MS_MAX = EXPIRY_MS + 15_000;
const TIMEOUT_MS = 240_000;

const SWAPS = {
  append: /^insert into silver\.events__days /,
  upsert: /^insert into silver\.orders__versions\s/,
  partition: /^alter table gold\.sales_15m replace partition/,
  full: /^exchange tables /,
};

describe('a leader that is paused past its lock', () => {
  let pair: Pair;
  let writeKey: string;
  const shoppers: Shopper[] = [];

  beforeAll(async () => {
    pair = await startPair({ STREAMING_INTERVAL_MS: String(INTERVAL_MS) });
    writeKey = await createWriteKey(pair.members[0].service, 'shop');
  }, TIMEOUT_MS);

  /** What of the publish log is of this epoch or an older one; a newer epoch only takes from it. */
  const publishedUntil = async (epoch: number): Promise<string[]> => {
    const rows = await pair.controlDb.dataSource.query<object[]>(
      `select model, partition, version, status, epoch from publish_log where epoch <= $1`,
      [epoch],
    );
    return rows.map((row) => JSON.stringify(row));
  };

  it.each(Object.entries(SWAPS))(
    'cannot publish late: %s',
    async (kind, swap) => {
      const before = await pair.newest();
      const { service, proxy } = before.leader;
      const survivor = pair.other(before.leader);
      const shopper = startShopper(survivor.service.url, writeKey, kind);
      shoppers.push(shopper);
      // The full models are made each minute; a run that is asked for makes them at once.
      const arrival = proxy.hold(swap);
      if (kind === 'full')
        void survivor.service.request('POST', '/api/v1/pipelines/runs', { target: 'all' });
      const held = await arrival;
      process.kill(service.pid, 'SIGSTOP');
      const pausedAt = performance.now();
      const after = await takenOver(pair, before);
      const takenMs = Math.round(performance.now() - pausedAt);
      expect(after.epoch).toBe(before.epoch + 1);
      expect(takenMs).toBeLessThan(TAKEOVER_MS_MAX);

      await shopper.finish();
      expect(await runPipeline(survivor.service)).toBe('published');
      const standing = await publishedUntil(before.epoch);
      expect(await held.pass()).toBeGreaterThanOrEqual(400);
      process.kill(service.pid, 'SIGCONT');
      // It answers again, and what it is asked for the other one does.
      expect(await runPipeline(service)).toBe('published');
      await until(() => (service.stderr().includes('LostLeadership') ? true : undefined));
      expect(standing).toEqual(expect.arrayContaining(await publishedUntil(before.epoch)));
      expect(await pair.newest()).toEqual(after);
      await expectNothingLeftOver(pair);
      tell(`paused, ${kind}`, {
        ...{ 'taken over after ms': takenMs, epoch: after.epoch, 'led by': after.leader.name },
      });
      await expectBalanced(`paused, ${kind}`, pair.warehouse, {
        sent: shoppers.flatMap(({ sent }) => sent),
        acknowledged: shoppers.flatMap(({ acknowledged }) => acknowledged),
      });
    },
    TIMEOUT_MS,
  );

  it('left every tick to one of the two', async () => {
    tell('paused', { takeovers: Object.keys(SWAPS).length, ...(await countTicks(pair)) });
    expect((await pair.newest()).epoch).toBe(1 + Object.keys(SWAPS).length);
    expect(shoppers.flatMap(({ failed }) => failed)).toEqual([]);
  });
});
