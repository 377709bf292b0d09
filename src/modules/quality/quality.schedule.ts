/** Makes a quality report every night, after the models of the day. */
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { Runner } from '../../analytics/index.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { QualityService } from './quality.service.js';

export const QUALITY_SCHEDULE = {
  id: 'quality',
  description: 'Three at night, UTC: every check over all tables, kept as a report.',
  cron: '0 0 3 * * *',
} as const;

export class QualitySchedule implements OnApplicationBootstrap {
  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly quality: QualityService,
    private readonly runner: Runner,
    private readonly config: Pick<AppConfig, 'schedules'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.schedules === 'off') return;
    const { id, cron } = QUALITY_SCHEDULE;
    const job = CronJob.from({ cronTime: cron, onTick: () => this.tick(), timeZone: 'UTC' });
    this.registry.addCronJob(id, job);
    job.start();
  }

  /** Only who leads makes one, so that there is one a night. */
  private async tick(): Promise<void> {
    if (await this.runner.lead()) await this.quality.start('schedule');
  }
}
