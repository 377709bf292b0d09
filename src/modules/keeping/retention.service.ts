/**
 * Retention as a job, since it waits for the run under way; and every night, by whoever leads.
 * What goes by which rule stands in analytics/retention.
 */
import { randomUUID } from 'node:crypto';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { LRUCache } from 'lru-cache';
import type { Retention, RetentionPlan } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type { Platform } from '../../platform/platform.js';

const RECENT_JOBS = 100;

export const RETENTION_SCHEDULE = {
  id: 'retention',
  description:
    'Ten past four at night, UTC: lets go of what is older than its rule says; old days become months.',
  cron: '0 10 4 * * *',
} as const;

export interface RetentionJob {
  id: string;
  status: 'running' | 'done' | 'failed';
  /** What went; null until it is known. */
  plan: RetentionPlan | null;
  error: { code: string; detail: string } | null;
}

export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly jobs = new LRUCache<string, RetentionJob>({ max: RECENT_JOBS });
  private running: Promise<void> | null = null;

  constructor(
    private readonly retention: Retention,
    private readonly registry: SchedulerRegistry,
    private readonly platform: Pick<Platform, 'config' | 'logger'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.platform.config.schedules === 'off') return;
    const { id, cron } = RETENTION_SCHEDULE;
    const job = CronJob.from({ cronTime: cron, onTick: () => this.tick(), timeZone: 'UTC' });
    this.registry.addCronJob(id, job);
    job.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.retention.stop();
    await this.running;
  }

  /** What would go. */
  plan(): Promise<RetentionPlan> {
    return this.retention.plan();
  }

  /** Starts to let go of it, and answers at once. */
  start(): RetentionJob {
    if (this.running) throw new CodedError('busy', 'Retention is under way.');
    const job: RetentionJob = { id: randomUUID(), status: 'running', plan: null, error: null };
    this.jobs.set(job.id, job);
    this.running = this.run(job).finally(() => (this.running = null));
    return job;
  }

  find(id: string): RetentionJob {
    const job = this.jobs.get(id);
    if (!job) throw new CodedError('not_found', 'No retention has this id.');
    return job;
  }

  private tick(): void {
    if (!this.running) this.start();
  }

  private async run(job: RetentionJob): Promise<void> {
    try {
      job.plan = await this.retention.apply();
      job.status = 'done';
    } catch (error) {
      const coded = error instanceof CodedError ? error : new CodedError('internal', '');
      job.status = 'failed';
      job.error = {
        code: coded.code,
        detail: `${coded.detail} ${coded.definition.remedy}`.trim(),
      };
      // Where another service leads, it lets go of the same.
      const level = coded.code === 'busy' ? 'info' : 'error';
      this.platform.logger[level]({ err: error }, 'Retention was not applied.');
    }
  }
}
