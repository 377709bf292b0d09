import { jest } from '@jest/globals';
import type { Cache } from '../../platform/cache/cache.js';
import { Telemetry } from '../../platform/telemetry/telemetry.js';
import { AnswerCache, type AnswerVersion } from './answer-cache.js';

const published = (version: string): AnswerVersion => ({ version, isPublishing: false });
const publishing = (version: string): AnswerVersion => ({ version, isPublishing: true });

/** A question's version that is still the same, or another, once the answer is computed. */
const asked = (known: AnswerVersion, now = known) => ({ known, findNow: async () => now });

const V1 = asked(published('1'));

const answersOf = (cache: Cache, telemetry = new Telemetry()) => new AnswerCache(cache, telemetry);

/** A cache in a map; while it is down it behaves as Redis' does: reads miss, writes are lost. */
function mapCache() {
  const entries = new Map<string, string>();
  const cache = {
    entries,
    isDown: false,
    get: async (key: string) => (cache.isDown ? null : (entries.get(key) ?? null)),
    set: async (key: string, value: string) => {
      if (!cache.isDown) entries.set(key, value);
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
  return cache satisfies Cache;
}

function counting() {
  let count = 0;
  return jest.fn(async () => (count += 1));
}

describe('AnswerCache', () => {
  it('computes once and answers from the cache after that', async () => {
    const answers = answersOf(mapCache());
    const compute = counting();
    expect(await answers.remember(['q'], V1, compute)).toEqual({ value: 1, servedFrom: 'gold' });
    expect(await answers.remember(['q'], V1, compute)).toEqual({ value: 1, servedFrom: 'cache' });
    expect(compute).toHaveBeenCalledTimes(1);
  });

  it('misses when the version, or anything of the question, changes', async () => {
    const answers = answersOf(mapCache());
    const compute = counting();
    await answers.remember(['q', 1], V1, compute);
    const newer = await answers.remember(['q', 1], asked(published('2')), compute);
    const other = await answers.remember(['q', 2], V1, compute);
    // Neither may run into the other: ['q', 1] of '2' is not ['q'] of '1,2'.
    const split = await answers.remember(['q'], asked(published('1,1')), compute);
    expect([newer, other, split].map(({ value }) => value)).toEqual([2, 3, 4]);
  });

  it('computes one question once for all who ask at the same time', async () => {
    const answers = answersOf(mapCache());
    let open: (answer: string) => void = () => undefined;
    const gate = new Promise<string>((resolve) => (open = resolve));
    const compute = jest.fn(() => gate);
    const all = Promise.all([1, 2, 3].map(() => answers.remember(['q'], V1, compute)));
    const other = answers.remember(['other'], V1, async () => 'b');
    expect(await other).toEqual({ value: 'b', servedFrom: 'gold' });
    open('a');
    expect((await all).map(({ value }) => value)).toEqual(['a', 'a', 'a']);
    expect(compute).toHaveBeenCalledTimes(1);
  });

  it('keeps no failure: all who wait get it, and the next one computes anew', async () => {
    const answers = answersOf(mapCache());
    const failing = () => answers.remember(['q'], V1, () => Promise.reject(new Error('no engine')));
    const results = await Promise.allSettled([failing(), failing()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await answers.remember(['q'], V1, counting())).value).toBe(1);
  });

  it('is bypassed, reading and writing, while a partition is being published', async () => {
    const cache = mapCache();
    const answers = answersOf(cache);
    const compute = counting();
    await answers.remember(['q'], V1, compute);
    expect(await answers.remember(['q'], asked(publishing('1')), compute)).toEqual({
      value: 2,
      servedFrom: 'gold',
    });
    expect(cache.entries.size).toBe(1);
    expect((await answers.remember(['q'], V1, compute)).value).toBe(1);
  });

  it('computes each time while the cache is down, and answers from it again after', async () => {
    const cache = mapCache();
    const answers = answersOf(cache);
    const compute = counting();
    cache.isDown = true;
    for (const value of [1, 2]) {
      expect(await answers.remember(['q'], V1, compute)).toEqual({ value, servedFrom: 'gold' });
    }
    cache.isDown = false;
    await answers.remember(['q'], V1, compute);
    expect((await answers.remember(['q'], V1, compute)).servedFrom).toBe('cache');
  });

  it.each<[string, AnswerVersion]>([
    ['a publish began', publishing('2')],
    ['a publish began and ended', published('2')],
    ['a model was made anew', published('0')],
  ])('keeps no answer while whose computing %s', async (_what, now) => {
    const cache = mapCache();
    const answers = answersOf(cache);
    expect(await answers.remember(['q'], asked(published('1'), now), counting())).toEqual({
      value: 1,
      servedFrom: 'gold',
    });
    expect(cache.entries.size).toBe(0);
  });

  it('keeps no answer when nobody can tell whether something was published', async () => {
    const cache = mapCache();
    const findNow = () => Promise.reject(new Error('no control database'));
    const answers = answersOf(cache);
    const answer = await answers.remember(['q'], { known: published('1'), findNow }, counting());
    expect(answer.value).toBe(1);
    expect(cache.entries.size).toBe(0);
  });

  it('asks for the version after computing, not before', async () => {
    const order: string[] = [];
    const findNow = async () => {
      order.push('version');
      return published('1');
    };
    await answersOf(mapCache()).remember(['q'], { known: published('1'), findNow }, async () =>
      order.push('computed'),
    );
    expect(order).toEqual(['computed', 'version']);
  });

  it('lets all who ask during a publish share one computation, and none after it', async () => {
    const answers = answersOf(mapCache());
    const compute = counting();
    const during = [1, 2].map(() => ask(publishing('2')));
    const after = ask(published('2'));
    const values = async (asking: typeof during) =>
      (await Promise.all(asking)).map(({ value }) => value);
    const [first, second] = await values(during);
    expect(second).toBe(first);
    expect(await values([after])).not.toEqual([first]);
    expect(await values([ask(publishing('2'))])).toEqual([3]);

    function ask(known: AnswerVersion) {
      return answers.remember(['q'], asked(known), compute);
    }
  });

  it('counts its answers by where they came from', async () => {
    const telemetry = new Telemetry();
    const answers = answersOf(mapCache(), telemetry);
    for (const known of [published('1'), published('1'), published('1'), publishing('2')]) {
      await answers.remember(['q'], asked(known), counting());
    }
    const { values } = await telemetry.answersTotal.get();
    expect(values.map(({ labels, value }) => [labels.served_from, value])).toEqual([
      ['gold', 2],
      ['cache', 2],
    ]);
  });
});
