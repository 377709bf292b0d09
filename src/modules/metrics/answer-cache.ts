/**
 * Cached answers. A key holds the newest published version among the partitions in the range, so
 * that a live stream does not empty the cache of last month; while one of them is being published
 * the cache is bypassed. One computation per key at a time; a cache that is down is a miss.
 */
import { createHash } from 'node:crypto';
import type { Cache } from '../../platform/cache/cache.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';

const TTL_SECONDS = 3_600;

export interface Cached<T> {
  value: T;
  servedFrom: 'cache' | 'gold';
}

export interface AnswerVersion {
  version: string;
  isPublishing: boolean;
}

/** The version of what a question reads. */
export interface AskedVersion {
  /** As it was known when the question was asked. */
  known: AnswerVersion;
  /** As it is now. */
  findNow: () => Promise<AnswerVersion>;
}

export class AnswerCache {
  private readonly underway = new Map<string, Promise<unknown>>();

  constructor(
    private readonly cache: Cache,
    private readonly telemetry: Pick<Telemetry, 'answersTotal'>,
  ) {}

  /** `question` is everything that the answer depends on, as JSON-able values. */
  async remember<T>(
    question: unknown,
    asked: AskedVersion,
    compute: () => Promise<T>,
  ): Promise<Cached<T>> {
    const { version, isPublishing } = asked.known;
    const text = JSON.stringify([question, version, isPublishing]);
    const key = `answer:${createHash('sha256').update(text).digest('base64url')}`;
    const standing = isPublishing ? null : parse<T>(await this.cache.get(key));
    const servedFrom = standing === null ? 'gold' : 'cache';
    const value = standing ?? ((await this.once(key, asked, compute)) as T);
    this.telemetry.answersTotal.inc({ served_from: servedFrom });
    return { value, servedFrom };
  }

  /**
   * Whoever asks while a computation is under way saw the same version as the one who began it, so
   * all that was published when they asked is in what it reads.
   */
  private once(key: string, asked: AskedVersion, compute: () => Promise<unknown>) {
    const standing = this.underway.get(key);
    if (standing) return standing;
    const computing = compute()
      .then(async (value) => {
        if (await isUnchanged(asked)) {
          await this.cache.set(key, JSON.stringify(value), TTL_SECONDS);
        }
        return value;
      })
      .finally(() => this.underway.delete(key));
    this.underway.set(key, computing);
    return computing;
  }
}

/**
 * Whether the rows stood still while the answer was computed: a swap in this time would have left
 * its mark, which it makes before, or a newer version. Who cannot tell does not keep the answer.
 */
async function isUnchanged({ known, findNow }: AskedVersion): Promise<boolean> {
  if (known.isPublishing) return false;
  const now = await findNow().catch(() => null);
  return now !== null && !now.isPublishing && now.version === known.version;
}

/** What cannot be read is a miss. */
function parse<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
