/** What the connections of this folder to Redis have in common. */
import { Redis, type RedisOptions } from 'ioredis';

export const COMMAND_TIMEOUT_MS = 250;

const MINUTE_MS = 60_000;

/** Keeps this installation's keys and channels from others in the same Redis. */
export const keyPrefix = (installation: string) => `cartograph:${installation}:`;

/** A connection that is tried again for as long as it is not closed. */
export function connectRedis(url: string, onError: () => void, options: RedisOptions): Redis {
  const redis = new Redis(url, {
    retryStrategy: (attempt) => Math.min(attempt * 200, 5000),
    ...options,
  });
  return redis.on('error', onError);
}

export function atMostOnceAMinute(warn: () => void): () => void {
  let lastAt = -Infinity;
  return () => {
    const now = performance.now();
    if (now - lastAt < MINUTE_MS) return;
    lastAt = now;
    warn();
  };
}
