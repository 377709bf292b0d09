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

/** The departments' own services, and who knows what is behind their numbers. */
export const REPORT_DEPARTMENTS = Symbol('the departments of the report');
export const REPORT_QUALITY = Symbol('the quality of the data of the report');

export function reportsProviders(platform: Platform): Provider[] {
  const { controlDb, config, clock, logger } = platform;
  return [
    ReportsResolver,
    {
      provide: ReportsService,
      inject: [REPORT_DEPARTMENTS, REPORT_QUALITY],
      useFactory: (departments: Departments, quality: QualitySource) =>
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
