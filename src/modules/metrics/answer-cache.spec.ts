import { jest } from '@jest/globals';
import type { Cache } from '../../platform/cache/cache.js';
import { AnswerCache } from './answer-cache.js';

const V1 = { version: '1', isPublishing: false };

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
    const answers = new AnswerCache(mapCache());
    const compute = counting();
    expect(await answers.remember(['q'], V1, compute)).toEqual({ value: 1, servedFrom: 'gold' });
    expect(await answers.remember(['q'], V1, compute)).toEqual({ value: 1, servedFrom: 'cache' });
    expect(compute).toHaveBeenCalledTimes(1);
  });

  it('misses when the version, or anything of the question, changes', async () => {
    const answers = new AnswerCache(mapCache());
    const compute = counting();
    await answers.remember(['q', 1], V1, compute);
    const newer = await answers.remember(['q', 1], { ...V1, version: '2' }, compute);
    const other = await answers.remember(['q', 2], V1, compute);
    // Neither may run into the other: ['q', 1] of '2' is not ['q'] of '1,2'.
    const split = await answers.remember(['q'], { ...V1, version: '1,1' }, compute);
    expect([newer, other, split].map(({ value }) => value)).toEqual([2, 3, 4]);
  });

  it('computes one question once for all who ask at the same time', async () => {
    const answers = new AnswerCache(mapCache());
    let open: (answer: string) => void = () => undefined;
    const gate = new Promise<string>((resolve) => (open = resolve));
    const compute = jest.fn(() => gate);
    const asked = Promise.all([1, 2, 3].map(() => answers.remember(['q'], V1, compute)));
    const other = answers.remember(['other'], V1, async () => 'b');
    expect(await other).toEqual({ value: 'b', servedFrom: 'gold' });
    open('a');
    expect((await asked).map(({ value }) => value)).toEqual(['a', 'a', 'a']);
    expect(compute).toHaveBeenCalledTimes(1);
  });

  it('keeps no failure: all who wait get it, and the next one computes anew', async () => {
    const answers = new AnswerCache(mapCache());
    const failing = () => answers.remember(['q'], V1, () => Promise.reject(new Error('no engine')));
    const results = await Promise.allSettled([failing(), failing()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await answers.remember(['q'], V1, counting())).value).toBe(1);
  });

  it('is bypassed, reading and writing, while a partition is being published', async () => {
    const cache = mapCache();
    const answers = new AnswerCache(cache);
    const compute = counting();
    await answers.remember(['q'], V1, compute);
    const publishing = { ...V1, isPublishing: true };
    expect(await answers.remember(['q'], publishing, compute)).toEqual({
      value: 2,
      servedFrom: 'gold',
    });
    expect(cache.entries.size).toBe(1);
    expect((await answers.remember(['q'], V1, compute)).value).toBe(1);
  });

  it('computes each time while the cache is down, and answers from it again after', async () => {
    const cache = mapCache();
    const answers = new AnswerCache(cache);
    const compute = counting();
    cache.isDown = true;
    for (const value of [1, 2]) {
      expect(await answers.remember(['q'], V1, compute)).toEqual({ value, servedFrom: 'gold' });
    }
    cache.isDown = false;
    await answers.remember(['q'], V1, compute);
    expect((await answers.remember(['q'], V1, compute)).servedFrom).toBe('cache');
  });
});
