/**
 * The cache of answers: Redis by REDIS_URL, else in process. One interface; a failure is a miss.
 * Values are JSON text; every entry has a time to live, and the in-process store is bounded. On
 * Redis the installation's prefix keeps its answers from every other installation.
 */
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../logging/logger.js';
import { atMostOnceAMinute, COMMAND_TIMEOUT_MS, connectRedis, keyPrefix } from './redis.js';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ENTRY_BYTES = 4 * 1024 * 1024;

export interface Cache {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function openCache(redisUrl: string | undefined, prefix: string, logger: Logger): Cache {
  return redisUrl ? new RedisCache(redisUrl, keyPrefix(prefix), logger) : new ProcessCache();
}

class ProcessCache implements Cache {
  private readonly entries = new LRUCache<string, string>({
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_ENTRY_BYTES,
    sizeCalculation: (value, key) => value.length + key.length,
  });

  async get(key: string): Promise<string | null> {
    return this.entries.get(key) ?? null;
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    this.entries.set(key, value, { ttl: ttlSeconds * 1000 });
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.entries.clear();
  }
}

class RedisCache implements Cache {
  private readonly redis: Redis;
  private readonly warn: () => void;

  constructor(url: string, prefix: string, logger: Logger) {
    // At most one line a minute, since a cache that is down fails on every request.
    this.warn = atMostOnceAMinute(() =>
      logger.warn('The cache (REDIS_URL) does not answer; every look-up counts as a miss.'),
    );
    this.redis = connectRedis(url, this.warn, {
      keyPrefix: prefix,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
  }

  async get(key: string): Promise<string | null> {
    return this.orMiss(() => this.redis.get(key));
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    if (value.length > MAX_ENTRY_BYTES) return;
    await this.orMiss(() => this.redis.set(key, value, 'EX', ttlSeconds));
  }

  async ping(): Promise<void> {
    await this.redis.ping();
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }

  private async orMiss<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch {
      this.warn();
      return null;
    }
  }
}
