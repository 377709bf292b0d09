/**
 * Rate limits by rate-limiter-flexible: events per key, requests per address. Counted in Redis when
 * there is one, so that several services share them; if it is down or slow each service counts for
 * itself until it is back, with the same limits. An address
 * leaves the process only as a keyed digest.
 */
import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { Redis } from 'ioredis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterAbstract,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { CodedError } from '../../contracts/errors.js';
import type { Telemetry } from '../telemetry/telemetry.js';

/** A limit is an average over this window, so that bursts pass. */
const WINDOW_SECONDS = 10;
const COMMAND_TIMEOUT_MS = 100;
/** An attacker holds a whole /64 of IPv6. */
const IPV6_GROUPS = 4;

export interface RateLimitOptions {
  /** Per second; 0 is no limit. */
  keyEventsPerSecond: number;
  addressRequestsPerSecond: number;
  redisUrl?: string | undefined;
  /** Keeps this installation's counts from others in the same Redis. */
  prefix: string;
  /** Keys the digests of addresses. */
  secret: Buffer;
}

export class RateLimits {
  private readonly redis: Redis | null;
  private readonly keys: RateLimiterAbstract | null;
  private readonly addresses: RateLimiterAbstract | null;

  constructor(
    private readonly options: RateLimitOptions,
    private readonly telemetry: Telemetry,
  ) {
    const { redisUrl, keyEventsPerSecond, addressRequestsPerSecond } = options;
    const isLimiting = keyEventsPerSecond > 0 || addressRequestsPerSecond > 0;
    this.redis = redisUrl && isLimiting ? connect(redisUrl) : null;
    this.keys = this.limiter('key', keyEventsPerSecond);
    this.addresses = this.limiter('address', addressRequestsPerSecond);
  }

  /** Takes events from a key's allowance. Throws `rate_limited`. */
  async takeForKey(keyId: string, events: number): Promise<void> {
    if (this.keys) await this.take(this.keys, 'key', keyId, events);
  }

  /** Takes requests from an address's allowance. Throws `rate_limited`. */
  async takeForAddress(address: string, requests = 1): Promise<void> {
    if (!this.addresses) return;
    await this.take(this.addresses, 'address', this.nameOf(address), requests);
  }

  close(): void {
    this.redis?.disconnect();
  }

  private limiter(by: 'key' | 'address', perSecond: number): RateLimiterAbstract | null {
    if (perSecond === 0) return null;
    const points = perSecond * WINDOW_SECONDS;
    const options = {
      keyPrefix: `cartograph:${this.options.prefix}:rate:${by}`,
      points,
      duration: WINDOW_SECONDS,
    };
    const memory = new RateLimiterMemory(options);
    if (!this.redis) return memory;
    return new RateLimiterRedis({
      ...options,
      storeClient: this.redis,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
      inMemoryBlockOnConsumed: points + 1,
    });
  }

  private async take(
    limiter: RateLimiterAbstract,
    by: 'key' | 'address',
    id: string,
    points: number,
  ): Promise<void> {
    try {
      // A batch larger than a whole window's allowance takes all of it.
      await limiter.consume(id, Math.min(points, limiter.points));
    } catch (refusal) {
      if (refusal instanceof Error) return;
      this.telemetry.limitedRequests.inc({ by });
      const { msBeforeNext } = refusal as RateLimiterRes;
      const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
      throw new CodedError('rate_limited', `The ${by} has used its allowance.`, {
        retryAfterSeconds,
      });
    }
  }

  /** What leaves the process is no address any more. */
  private nameOf(given = ''): string {
    // Some proxies tell the port too, which is another one each time.
    const address = /^[\d.]+:\d+$/.test(given) ? given.split(':')[0]! : given;
    const whole = isIPv6(address) && !address.includes('.') ? networkOf(address) : address;
    if (!this.redis) return whole;
    return createHmac('sha256', this.options.secret).update(whole).digest('base64url').slice(0, 22);
  }
}

function connect(url: string): Redis {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5000),
  });
  // The cache tells that Redis is down; the insurance limiter counts meanwhile.
  redis.on('error', () => undefined);
  return redis;
}

/** The first four groups of an IPv6 address, with `::` written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...groups(head), ...zeros, ...groups(tail ?? '')].slice(0, IPV6_GROUPS).join(':');
}
