/**
 * Looks every quarter of a minute what is wrong, opens and resolves alerts, and sends what is due.
 * Services share the work: one that looks finds that another looked just before.
 */
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { AlertBook, Changes } from './alert-book.js';
import type { Channels } from './channels.js';
import type { Notifications } from './notifications.js';
import type { StateReader } from './state-reader.js';

export const ALERTS_SCHEDULE = {
  id: 'alerts',
  description: 'Every 15 seconds: what is wrong, what is over, and who is told.',
  cron: '*/15 * * * * *',
  /** No service looks again sooner after another has looked. */
  everyMs: 10_000,
} as const;

/** What of the platform the schedule needs. */
export interface AlertsPlatform {
  config: Pick<AppConfig, 'schedules'>;
  clock: Clock;
  telemetry: Telemetry;
  logger: Logger;
}

export interface AlertsParts {
  reader: StateReader;
  book: AlertBook;
  channels: Channels;
  notifications: Notifications;
}

export class AlertsSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<void> | null = null;
  private isFailing = false;
  private readonly stopping = new AbortController();

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly parts: AlertsParts,
    private readonly platform: AlertsPlatform,
  ) {}

  onApplicationBootstrap(): void {
    if (this.platform.config.schedules === 'off') return;
    const { id, cron } = ALERTS_SCHEDULE;
    const job = CronJob.from({ cronTime: cron, onTick: () => this.tick(), timeZone: 'UTC' });
    this.registry.addCronJob(id, job);
    job.start();
  }

  /** A request under way is given up; what it was to bring is sent after the next start. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** A tick of the schedule; one at a time. */
  async tick(): Promise<void> {
    this.running ??= this.work().finally(() => (this.running = null));
    await this.running;
  }

  /** Looks, whoever looked before; answers what changed. Sends nothing. */
  async evaluate(everyMs = 0): Promise<Changes | null> {
    const { reader, book, channels } = this.parts;
    const { clock, telemetry, logger } = this.platform;
    const now = clock.now();
    const options = { now, channels: channels.names(), everyMs };
    const changes = await book.update((at) => reader.read(at), options);
    for (const alert of changes?.opened ?? []) logger.warn({ alert }, 'An alert was opened.');
    for (const alert of changes?.resolved ?? []) logger.info({ alert }, 'An alert is over.');
    for (const [kind, alerts] of await book.openByKind())
      telemetry.openAlerts.set({ kind }, alerts);
    return changes;
  }

  private async work(): Promise<void> {
    try {
      await this.evaluate(ALERTS_SCHEDULE.everyMs);
      await this.parts.notifications.send(this.stopping.signal);
      this.isFailing = false;
    } catch (error) {
      // A control database that stays down is told once, not four times a minute.
      if (!this.isFailing) {
        this.platform.logger.error({ err: error }, 'Alerts cannot be evaluated or sent now.');
      }
      this.isFailing = true;
    }
  }
}
