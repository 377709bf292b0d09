/**
 * Makes the report of every day and every week once it is over, at the configured time of day in
 * the reporting timezone, and not before the data reaches its end. What is still late or held after
 * some hours is left out with a note. Whichever service is first keeps it; the others find it kept.
 */
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { DateTime } from 'luxon';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { ArchiveService } from './archive.service.js';
import type { Deliveries } from './deliveries.js';
import type { ReportsService } from './reports.service.js';
import type { Period } from './report-period.js';

export const REPORTS_SCHEDULE = {
  id: 'reports',
  description: 'Every minute: reports that are due are made and delivered.',
  cron: '45 * * * * *',
  /** Which periods are reported, and how many of them are caught up after an outage. */
  periods: [
    { period: 'day', behind: 7 },
    { period: 'week', behind: 2 },
  ],
  /** How long the report waits for data that is late or held. */
  patienceHours: 3,
} as const;

/** What of the platform the schedule needs. */
export interface SchedulePlatform {
  config: Pick<AppConfig, 'schedules' | 'reportTime' | 'reportingTimezone'>;
  clock: Clock;
  logger: Logger;
}

const HOUR_MS = 3_600_000;

export class ReportsSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<void> | null = null;
  /** Before it no patience runs: after an outage the data catches up first. */
  private readonly startedAt: Date;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly reports: ReportsService,
    private readonly archive: ArchiveService,
    private readonly deliveries: Deliveries,
    private readonly platform: SchedulePlatform,
  ) {
    this.startedAt = platform.clock.now();
  }

  /** What is being sent is noted as sent. */
  async onModuleDestroy(): Promise<void> {
    await this.running;
  }

  onApplicationBootstrap(): void {
    if (this.platform.config.schedules === 'off') return;
    const { id, cron } = REPORTS_SCHEDULE;
    const job = CronJob.from({ cronTime: cron, onTick: () => this.tick(), timeZone: 'UTC' });
    this.registry.addCronJob(id, job);
    job.start();
  }

  /** Makes and sends what is due; one at a time. */
  async tick(): Promise<void> {
    this.running ??= this.work().finally(() => (this.running = null));
    await this.running;
  }

  private async work(): Promise<void> {
    await this.trying(async () => {
      for (const due of await this.due()) await this.trying(() => this.make(due));
    });
    await this.trying(() => this.deliveries.send());
  }

  /** One that fails holds up no other. */
  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.platform.logger.error({ err: error }, 'A report failed; the next minute tries again.');
    }
  }

  /** Periods that ended while the installation stood, and of which there is no report yet. */
  private async due(): Promise<{ period: Period; date: string; isLast: boolean }[]> {
    const openedAt = await this.archive.openedAt();
    const { config, clock } = this.platform;
    const zone = config.reportingTimezone;
    const now = DateTime.fromJSDate(clock.now(), { zone });
    const [hour, minute] = config.reportTime.split(':').map(Number) as [number, number];
    const due: { period: Period; date: string; isLast: boolean }[] = [];
    for (const { period, behind } of REPORTS_SCHEDULE.periods) {
      for (let step = behind; step >= 1; step -= 1) {
        const start = now.startOf(period).minus({ [`${period}s`]: step });
        const end = start.plus({ [`${period}s`]: 1 });
        const madeFrom = end.set({ hour, minute });
        if (end.toJSDate() <= openedAt || now < madeFrom) continue;
        const date = start.toISODate()!;
        if (await this.archive.stands(period, date)) continue;
        const waitsFrom = Math.max(madeFrom.toMillis(), this.startedAt.getTime());
        const isLast = now.toMillis() >= waitsFrom + REPORTS_SCHEDULE.patienceHours * HOUR_MS;
        due.push({ period, date, isLast });
      }
    }
    return due;
  }

  private async make({
    period,
    date,
    isLast,
  }: {
    period: Period;
    date: string;
    isLast: boolean;
  }): Promise<void> {
    const answer = await this.reports.executive({ period, date });
    const { sections, lists } = answer.data;
    const isWhole =
      sections.every(({ values }) => values.length > 0) && lists.every(({ note }) => note === null);
    if (!isWhole && !isLast) return;
    const id = await this.archive.keep(answer, this.deliveries.channels());
    if (id) this.platform.logger.info({ report: id, period, date, isWhole }, 'A report was made.');
  }
}
