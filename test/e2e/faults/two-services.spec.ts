/**
 * Two services on one pipeline, events flowing into both collectors: one of them leads and does
 * every tick, runs asked of the other are done by it, and when it is killed in the middle of a
 * publish the other takes over. Everything is counted once.
 */
import { createWriteKey, runPipeline, until } from '../../support/spawned-service.js';
import { expectBalanced, tell } from './balance.js';
import { countTicks, expectNothingLeftOver, startPair, takenOver, type Pair } from './pair.js';
import { startShopper, type Shopper } from './shopper.js';

const DELIVERED = 60;
const TIMEOUT_MS = 240_000;

const hasDelivered = (shopper: Shopper) =>
  until(() => (shopper.acknowledged.length >= DELIVERED ? true : undefined));

describe('two services on one pipeline', () => {
  let pair: Pair;
  let shoppers: Shopper[];

  beforeAll(async () => {
    pair = await startPair({ STREAMING_INTERVAL_MS: '300' });
    const writeKey = await createWriteKey(pair.members[0].service, 'shop');
    shoppers = pair.members.map(({ service, name }) => startShopper(service.url, writeKey, name));
    await Promise.all(shoppers.map(hasDelivered));
  }, TIMEOUT_MS);

  it('are led by one, which also does what the other is asked for', async () => {
    const { epoch, leader } = await pair.newest();
    // What the collector of one that is killed has not acknowledged is another spec's.
    await shoppers[pair.members.indexOf(leader)]!.finish();
    expect(await runPipeline(pair.other(leader).service)).toBe('published');
    const [asked] = await pair.controlDb.dataSource.query<{ epoch: string }[]>(
      `select epoch from pipeline_runs where trigger = 'request'`,
    );
    expect(Number(asked!.epoch)).toBe(epoch);
  });

  it(
    'go on when the leader is killed in a publish, and count everything once',
    async () => {
      const first = await pair.newest();
      const survivor = pair.other(first.leader);
      const held = await first.leader.proxy.hold(/^alter table gold\.\w+ replace partition/);
      const killedAt = performance.now();
      await first.leader.service.end('SIGKILL');
      held.drop();
      const second = await takenOver(pair, first);
      const takenMs = Math.round(performance.now() - killedAt);
      expect(second.epoch).toBe(first.epoch + 1);
      await Promise.all(shoppers.map((shopper) => shopper.finish()));
      expect(await runPipeline(survivor.service)).toBe('published');
      await expectNothingLeftOver(pair);
      tell('two services', {
        ...{ takeovers: 1, 'taken over after ms': takenMs },
        ...(await countTicks(pair)),
      });
      expect(shoppers.flatMap(({ failed }) => failed)).toEqual([]);
      await expectBalanced('two services', pair.warehouse, {
        sent: shoppers.flatMap(({ sent }) => sent),
        acknowledged: shoppers.flatMap(({ acknowledged }) => acknowledged),
      });
    },
    TIMEOUT_MS,
  );
});
