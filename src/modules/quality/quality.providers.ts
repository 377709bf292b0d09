/** How the parts of quality are made. */
import type { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Quality, Runner } from '../../analytics/index.js';
import type { Platform } from '../../platform/platform.js';
import { QualityResolver } from './quality.resolver.js';
import { QualitySchedule } from './quality.schedule.js';
import { QualityService } from './quality.service.js';

export function qualityProviders(platform: Platform): Provider[] {
  return [
    QualityResolver,
    {
      provide: QualityService,
      inject: [Runner],
      useFactory: (runner: Runner) =>
        new QualityService(runner, new Quality(platform.controlDb.dataSource), platform),
    },
    {
      provide: QualitySchedule,
      inject: [SchedulerRegistry, QualityService, Runner],
      useFactory: (registry: SchedulerRegistry, quality: QualityService, runner: Runner) =>
        new QualitySchedule(registry, quality, runner, platform.config),
    },
  ];
}
