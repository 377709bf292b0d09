/**
 * Brings what is planned to its receivers: at least once, in the order of beginning and end, tried
 * again for a day and across restarts. A channel that fails holds up no other.
 */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { Clock } from '../../platform/clock/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import { Undelivered } from '../../platform/outbound/outbound.js';
import { CLAIM, nextAttempt, type RetryPolicy } from '../../platform/outbound/retry.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Channels } from './channels.js';
import type { AlertEvent, Channel, ToldAlert } from './payloads.js';

const CLAIM_DELIVERY = readFileSync(new URL('queries/claim_delivery.sql', import.meta.url), 'utf8');

/** Some twenty-four hours of them. */
const RETRIES: RetryPolicy = { firstPauseMs: 15_000, maxPauseMs: 3_600_000, maxAttempts: 32 };
/** A channel sends at most this many at a time; the rest goes with the next evaluation. */
const MAX_SENT = 50;

interface Claimed {
  alert_id: string;
  event: AlertEvent;
  attempts: number;
}

/** What of the platform it needs. */
export interface NotificationsPlatform {
  controlDb: { dataSource: DataSource };
  clock: Clock;
  telemetry: Telemetry;
  logger: Logger;
}

export class Notifications {
  private readonly controlDb: DataSource;

  constructor(
    private readonly channels: Channels,
    private readonly platform: NotificationsPlatform,
  ) {
    this.controlDb = platform.controlDb.dataSource;
  }

  /** Sends what is due; the channels side by side. Stops between two when aborted. */
  async send(signal?: AbortSignal): Promise<void> {
    const sent = this.channels.names().map((channel) => this.sendOn(channel, signal));
    // Who waits for this waits for every channel, also when one cannot note what it did.
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  private async sendOn(channel: Channel, signal?: AbortSignal): Promise<void> {
    for (let sent = 0; sent < MAX_SENT && !signal?.aborted; sent += 1) {
      const claimed = await this.claim(channel);
      if (!claimed) return;
      const error = await this.attempt(channel, claimed, signal);
      await this.record(channel, claimed, error);
      // A receiver that is down is not asked again by every alert that waits for it.
      if (error !== null) return;
    }
  }

  private async claim(channel: Channel): Promise<Claimed | null> {
    const parameters = [this.platform.clock.now(), CLAIM, RETRIES.maxAttempts, channel];
    const [rows] = await this.controlDb.query<[Claimed[], number]>(CLAIM_DELIVERY, parameters);
    return rows[0] ?? null;
  }

  /** Answers why it was not delivered, or null. */
  private async attempt(
    channel: Channel,
    { alert_id: id, event }: Claimed,
    signal?: AbortSignal,
  ): Promise<string | null> {
    const [alert] = await this.controlDb.query<ToldAlert[]>('select * from alerts where id = $1', [
      id,
    ]);
    // One that is still to be told of began as it began, even if it is over by now.
    const told = event === 'opened' ? { ...alert!, resolved_at: null } : alert!;
    return this.channels.tell(channel, told, event, signal).then(() => null, reasonOf);
  }

  private async record(channel: Channel, claimed: Claimed, error: string | null): Promise<void> {
    const { clock, telemetry, logger } = this.platform;
    const { alert_id: id, event, attempts } = claimed;
    const now = clock.now();
    await this.controlDb.query(
      `update alert_deliveries set delivered_at = $4, error = $5, next_at = $6
       where alert_id = $1 and channel = $2 and event = $3`,
      [id, channel, event, error === null ? now : null, error, nextAttempt(RETRIES, attempts, now)],
    );
    telemetry.alertDeliveries.inc({ channel, outcome: error === null ? 'delivered' : 'failed' });
    const what = { alert: id, channel, event, attempts };
    if (error === null) logger.info(what, 'A notification was delivered.');
    else if (attempts < RETRIES.maxAttempts) logger.warn({ ...what, error }, 'Not delivered yet.');
    else logger.error({ ...what, error }, 'A notification was given up.');
  }
}

/** In words that hold no URL. */
export const reasonOf = (error: unknown): string =>
  error instanceof Undelivered ? error.message : 'failed';
