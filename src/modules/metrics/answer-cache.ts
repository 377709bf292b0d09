/**
 * Cached answers. A key holds the newest published version among the partitions in the range, so
 * that a live stream does not empty the cache of last month; while one of them is being published
 * the cache is bypassed. One computation per key at a time; a cache that is down is a miss.
 */
import { createHash } from 'node:crypto';
import type { Cache } from '../../platform/cache/cache.js';

const TTL_SECONDS = 3_600;

export interface Cached<T> {
  value: T;
  servedFrom: 'cache' | 'gold';
}

export class AnswerCache {
  private readonly underway = new Map<string, Promise<unknown>>();

  constructor(private readonly cache: Cache) {}

  /** `question` is everything that the answer depends on, as JSON-able values. */
  async remember<T>(
    question: unknown,
    version: { version: string; isPublishing: boolean },
    compute: () => Promise<T>,
  ): Promise<Cached<T>> {
    if (version.isPublishing) return { value: await compute(), servedFrom: 'gold' };
    const text = JSON.stringify([question, version.version]);
    const key = `answer:${createHash('sha256').update(text).digest('base64url')}`;
    const standing = parse<T>(await this.cache.get(key));
    if (standing !== null) return { value: standing, servedFrom: 'cache' };
    return { value: (await this.once(key, compute)) as T, servedFrom: 'gold' };
  }

  private once(key: string, compute: () => Promise<unknown>): Promise<unknown> {
    const standing = this.underway.get(key);
    if (standing) return standing;
    const computing = compute()
      .then(async (value) => {
        await this.cache.set(key, JSON.stringify(value), TTL_SECONDS);
        return value;
      })
      .finally(() => this.underway.delete(key));
    this.underway.set(key, computing);
    return computing;
  }
}

/** What cannot be read is a miss. */
function parse<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
