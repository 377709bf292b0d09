/** Reconciles the last days every night, if a shop database is connected. */
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { ShopSource } from '../../ingest/index.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { ReconciliationService } from './reconciliation.service.js';

export const RECONCILIATION_SCHEDULE = {
  id: 'reconciliation',
  description: 'Half past three at night, UTC: compares the last days with the shop database.',
  cron: '0 30 3 * * *',
  days: 7,
} as const;

export class ReconciliationSchedule implements OnApplicationBootstrap {
  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly reconciliations: ReconciliationService,
    private readonly shop: ShopSource,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.schedules === 'off' || !this.shop.isConnected()) return;
    const { id, cron, days } = RECONCILIATION_SCHEDULE;
    const onTick = () => void this.reconciliations.reconcileLast(days);
    const job = CronJob.from({ cronTime: cron, onTick, timeZone: 'UTC' });
    this.registry.addCronJob(id, job);
    job.start();
  }
}
