/** How the parts of reports are made; the wiring takes the list and gives what it composes. */
import type { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Platform } from '../../platform/platform.js';
import { ArchiveService } from './archive.service.js';
import { Deliveries } from './deliveries.js';
import type { Departments, QualitySource } from './report.js';
import { ReportsResolver } from './reports.resolver.js';
import { ReportsSchedule } from './reports.schedule.js';
import { ReportsService } from './reports.service.js';

/** The services of the departments, and what the checks found. */
export const REPORT_SOURCES = Symbol('what reports are made of');

export interface ReportSources {
  departments: Departments;
  quality: QualitySource;
}

export function reportsProviders(platform: Platform): Provider[] {
  const { controlDb, config, clock, logger } = platform;
  return [
    ReportsResolver,
    {
      provide: ReportsService,
      inject: [REPORT_SOURCES],
      useFactory: ({ departments, quality }: ReportSources) =>
        new ReportsService(departments, quality, config, clock),
    },
    {
      provide: ArchiveService,
      useFactory: () => new ArchiveService(controlDb.dataSource, clock),
    },
    {
      provide: Deliveries,
      inject: [ArchiveService],
      useFactory: (archive: ArchiveService) =>
        new Deliveries(controlDb.dataSource, archive, config, clock, logger),
    },
    {
      provide: ReportsSchedule,
      inject: [SchedulerRegistry, ReportsService, ArchiveService, Deliveries],
      useFactory: (
        registry: SchedulerRegistry,
        reports: ReportsService,
        archive: ArchiveService,
        deliveries: Deliveries,
      ) => new ReportsSchedule(registry, reports, archive, deliveries, platform),
    },
  ];
}
