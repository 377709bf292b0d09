/**
 * Announcements between the processes of an installation, over Redis by REDIS_URL, else within this
 * process. One says no more than "look again", so none needs to be trusted and one that is lost
 * costs only time: who listens also looks by itself from time to time. Nothing connects before it
 * is used.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { atMostOnceAMinute, COMMAND_TIMEOUT_MS, connectRedis, keyPrefix } from './redis.js';

export interface Announcements {
  /** Tells the others; does not wait, and never fails. */
  announce(): void;
  /** `listener` is called at each announcement of others, and whenever some may have been missed. */
  subscribe(listener: () => void): void;
  close(): void;
}

export function openAnnouncements(
  redisUrl: string | undefined,
  prefix: string,
  logger: Logger,
): Announcements {
  return redisUrl
    ? new RedisAnnouncements(redisUrl, `${keyPrefix(prefix)}published`, logger)
    : new ProcessAnnouncements();
}

class ProcessAnnouncements implements Announcements {
  private readonly listeners = new Set<() => void>();

  announce(): void {
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): void {
    this.listeners.add(listener);
  }

  close(): void {
    this.listeners.clear();
  }
}

class RedisAnnouncements implements Announcements {
  private readonly sender = randomUUID();
  private readonly listeners = new Set<() => void>();
  private readonly warn: () => void;
  private publisher: Redis | null = null;
  private subscriber: Redis | null = null;
  private isSending = false;
  private isPending = false;
  private isClosed = false;

  constructor(
    private readonly url: string,
    private readonly channel: string,
    logger: Logger,
  ) {
    this.warn = atMostOnceAMinute(() => {
      if (this.isClosed) return;
      logger.warn('Redis (REDIS_URL) does not answer; publishes elsewhere are seen 1 s later.');
    });
  }

  announce(): void {
    if (this.isClosed) return;
    this.isPending = true;
    if (!this.isSending) void this.send();
  }

  subscribe(listener: () => void): void {
    if (this.isClosed) return;
    this.listeners.add(listener);
    this.subscriber ??= this.listen();
  }

  close(): void {
    this.isClosed = true;
    this.listeners.clear();
    this.publisher?.disconnect();
    this.subscriber?.disconnect();
  }

  /** One message is under way at a time; whatever was announced meanwhile makes one more. */
  private async send(): Promise<void> {
    this.isSending = true;
    while (this.isPending && !this.isClosed) {
      this.isPending = false;
      this.publisher ??= connectRedis(this.url, this.warn, {
        commandTimeout: COMMAND_TIMEOUT_MS,
        maxRetriesPerRequest: 0,
      });
      await this.publisher.publish(this.channel, this.sender).catch(this.warn);
    }
    this.isSending = false;
  }

  /** A connection of its own, which subscribes anew each time that it is made. */
  private listen(): Redis {
    const subscriber = connectRedis(this.url, this.warn, {
      autoResubscribe: false,
      maxRetriesPerRequest: null,
    });
    subscriber.on('ready', () => {
      // What was announced before the subscription stood has been missed.
      void subscriber.subscribe(this.channel).then(() => this.tell(), this.warn);
    });
    subscriber.on('message', (_channel, sender) => {
      if (sender !== this.sender) this.tell();
    });
    return subscriber;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
