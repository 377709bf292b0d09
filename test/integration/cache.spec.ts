/** The cache, in process and on a real Redis: bounded, short-lived, and a miss when it fails. */
import { jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { openCache, type Cache } from '../../src/platform/cache/cache.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { findProgram, requireOrSkip } from '../support/optional.js';
import { startRedis, type PrivateRedis } from '../support/redis.js';
import { closeAfterAll } from '../support/stores.js';

const MEGABYTE = 1024 * 1024;
const logger = createLogger('silent');
const redisServer = findProgram('redis-server');
const isRedisHere = requireOrSkip('cache.spec', redisServer !== null, 'redis-server not found');

describe('the cache in this process', () => {
  let cache: Cache;

  beforeEach(() => {
    cache = openCache(undefined, 'one', logger);
  });

  afterEach(() => cache.close());

  it('answers what was set, newest first, and null otherwise', async () => {
    await cache.set('a', '{"n":1}', 60);
    await cache.set('a', '{"n":2}', 60);
    expect(await cache.get('a')).toBe('{"n":2}');
    expect(await cache.get('b')).toBeNull();
    await cache.ping();
  });

  it('forgets an entry when its time is over, and not before', async () => {
    const startedAt = performance.now();
    await cache.set('short', 'x', 1);
    await cache.set('long', 'x', 60);
    expect(await cache.get('short')).toBe('x');
    while ((await cache.get('short')) !== null) await setImmediate();
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(await cache.get('long')).toBe('x');
  });

  it('drops the oldest entries beyond its limit, and refuses what is too large', async () => {
    const value = 'x'.repeat(3 * MEGABYTE);
    for (let index = 0; index < 30; index += 1) await cache.set(`entry-${index}`, value, 60);
    expect(await cache.get('entry-0')).toBeNull();
    expect(await cache.get('entry-29')).toBe(value);
    await cache.set('large', 'x'.repeat(5 * MEGABYTE), 60);
    expect(await cache.get('large')).toBeNull();
    expect(await cache.get('entry-29')).toBe(value);
  });
});

(isRedisHere ? describe : describe.skip)('the cache on Redis', () => {
  let redis: PrivateRedis;
  let cache: Cache;

  beforeAll(async () => {
    redis = await startRedis(redisServer!);
    closeAfterAll(() => redis.kill());
    cache = openCache(redis.url, 'one', logger);
    closeAfterAll(() => cache.close());
    await answers(cache);
  });

  /** Asks until the cache is connected; the test's own time limit ends a vain wait. */
  async function answers(asked: Cache): Promise<void> {
    for (;;) {
      const isThere = await asked.ping().then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await setImmediate();
    }
  }

  it('answers what was set, to another process too, and null otherwise', async () => {
    await cache.set('a', '{"n":1}', 60);
    const other = openCache(redis.url, 'one', logger);
    await answers(other);
    expect(await other.get('a')).toBe('{"n":1}');
    expect(await other.get('b')).toBeNull();
    await other.close();
  });

  it('answers nothing of another installation', async () => {
    await cache.set('a', '{"n":1}', 60);
    const other = openCache(redis.url, 'two', logger);
    await answers(other);
    expect(await other.get('a')).toBeNull();
    await other.close();
  });

  it('forgets an entry when its time is over', async () => {
    await cache.set('short', 'x', 1);
    expect(await cache.get('short')).toBe('x');
    while ((await cache.get('short')) !== null) await setImmediate();
    await cache.ping();
  });

  it('refuses what is too large', async () => {
    await cache.set('large', 'x'.repeat(5 * MEGABYTE), 60);
    expect(await cache.get('large')).toBeNull();
  });

  it('is a miss when Redis dies in the middle, and comes back with it', async () => {
    await cache.set('kept', 'x', 60);
    expect(await cache.get('kept')).toBe('x');
    const inFlight = Array.from({ length: 20 }, () => cache.get('kept'));
    await redis.kill();
    for (const answer of await Promise.all(inFlight)) expect([null, 'x']).toContain(answer);
    expect(await cache.get('kept')).toBeNull();
    await cache.set('kept', 'y', 60);
    await expect(cache.ping()).rejects.toThrow();
    await redis.start();
    await answers(cache);
    expect(await cache.get('kept')).toBeNull();
    await cache.set('kept', 'z', 60);
    expect(await cache.get('kept')).toBe('z');
  });

  it('warns once, not with every miss', async () => {
    const listening = createLogger('silent');
    const warn = jest.spyOn(listening, 'warn');
    const lost = openCache('redis://127.0.0.1:1', 'one', listening);
    for (let index = 0; index < 5; index += 1) expect(await lost.get('a')).toBeNull();
    await lost.close();
    expect(warn.mock.calls).toEqual([[expect.stringContaining('REDIS_URL')]]);
  });
});
