/**
 * When models run. The schedules are values; @nestjs/schedule only ticks. Where several services
 * tick, the leader does it; what a leader missed since it died, the next one makes up for.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { Clock } from '../platform/clock/clock.js';
import type { AppConfig } from '../platform/config/config.js';
import type { Logger } from '../platform/logging/logger.js';
import type { ScheduleId } from './compiler/model.js';
import type { Runner } from './runner/runner.js';

export interface Schedule {
  id: ScheduleId;
  description: string;
  /** Six fields with seconds, in UTC; `streaming` ticks every STREAMING_INTERVAL_MS instead. */
  cron?: string;
}

export const SCHEDULES: readonly Schedule[] = [
  { id: 'streaming', description: 'Every STREAMING_INTERVAL_MS: what keeps answers fresh.' },
  {
    id: 'minutely',
    description: 'Every minute: what is made anew as a whole.',
    cron: '30 * * * * *',
  },
  { id: 'hourly', description: 'Five past each hour.', cron: '0 5 * * * *' },
  {
    id: 'daily',
    description: 'Half past two at night, UTC; then superseded versions are merged.',
    cron: '0 30 2 * * *',
  },
];

const MINUTE_MS = 60_000;
const EARLY_MS_MAX = 1_000;

@Injectable()
export class Schedules implements OnApplicationBootstrap {
  private stopped = false;
  /** By schedule, its last tick while another service led: ours to do if that one did not. */
  private readonly missed = new Map<Schedule['id'], Date>();

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly runner: Runner,
    private readonly config: AppConfig,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.schedules === 'off') return;
    for (const { id, cron } of SCHEDULES) {
      if (cron) {
        const job = CronJob.from({
          cronTime: cron,
          onTick: () => void this.tickAt(id),
          timeZone: 'UTC',
        });
        this.registry.addCronJob(id, job);
        job.start();
      } else {
        const interval = setInterval(
          () => void this.tickOften(id),
          this.config.streamingIntervalMs,
        );
        this.registry.addInterval(id, interval);
      }
    }
  }

  /** No tick starts after this. */
  stop(): void {
    this.stopped = true;
    for (const name of this.registry.getIntervals()) this.registry.deleteInterval(name);
    for (const name of this.registry.getCronJobs().keys()) this.registry.deleteCronJob(name);
  }

  /** A tick that comes again at once need not be made up for. */
  private async tickOften(id: Schedule['id']): Promise<void> {
    const isLeading = (await this.tick(id)) !== null;
    if (!isLeading) return;
    const missed = [...this.missed];
    this.missed.clear();
    for (const [schedule, due] of missed) await this.tickOnce(schedule, due);
  }

  private async tickAt(id: Schedule['id']): Promise<void> {
    const due = dueAt(this.clock.now());
    if (!(await this.tickOnce(id, due))) this.missed.set(id, due);
  }

  /** Answers whether this service did it. */
  private async tickOnce(id: Schedule['id'], due: Date): Promise<boolean> {
    if ((await this.tick(id, due)) === null) return false;
    if (id === 'daily') await this.attempt(id, () => this.runner.compact());
    return true;
  }

  private tick(id: Schedule['id'], due?: Date): Promise<unknown> {
    return this.attempt(id, () => this.runner.tick(id, due));
  }

  /** Null if it failed, or is not this service's to do. */
  private async attempt<T>(id: Schedule['id'], work: () => Promise<T>): Promise<T | null> {
    if (this.stopped) return null;
    try {
      return await work();
    } catch (error) {
      this.logger.error({ err: error, schedule: id }, 'A tick failed; the next one tries again.');
      return null;
    }
  }
}

/** The minute of a tick that comes now; a timer may be a little early. */
const dueAt = (now: Date) =>
  new Date(Math.floor((now.getTime() + EARLY_MS_MAX) / MINUTE_MS) * MINUTE_MS);
