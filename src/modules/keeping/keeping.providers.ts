/** What app.module.ts wires for backups and retention. */
import type { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Retention, Runner } from '../../analytics/index.js';
import type { Platform } from '../../platform/platform.js';
import { BackupsService } from './backups.service.js';
import { RetentionService } from './retention.service.js';

export function keepingProviders(platform: Platform): Provider[] {
  return [
    {
      provide: BackupsService,
      inject: [Runner],
      useFactory: (runner: Runner) => new BackupsService(runner, platform),
    },
    {
      provide: RetentionService,
      inject: [Runner, SchedulerRegistry],
      useFactory: (runner: Runner, registry: SchedulerRegistry) =>
        new RetentionService(new Retention(runner, platform), registry, platform),
    },
  ];
}
