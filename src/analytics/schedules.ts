/** When models run. The schedules are values; @nestjs/schedule only ticks. */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
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

@Injectable()
export class Schedules implements OnApplicationBootstrap {
  private stopped = false;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly runner: Runner,
    private readonly config: AppConfig,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.schedules === 'off') return;
    for (const { id, cron } of SCHEDULES) {
      if (cron) {
        const job = CronJob.from({ cronTime: cron, onTick: () => this.tick(id), timeZone: 'UTC' });
        this.registry.addCronJob(id, job);
        job.start();
      } else {
        const interval = setInterval(() => void this.tick(id), this.config.streamingIntervalMs);
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

  private async tick(id: Schedule['id']): Promise<void> {
    if (this.stopped) return;
    try {
      await this.runner.tick(id);
      if (id === 'daily') await this.runner.compact();
    } catch (error) {
      this.logger.error({ err: error, schedule: id }, 'A tick failed; the next one tries again.');
    }
  }
}
