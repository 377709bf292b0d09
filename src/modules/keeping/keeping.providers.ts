/** What app.module.ts wires for backups and retention. */
import type { Provider } from '@nestjs/common';
import { Runner } from '../../analytics/index.js';
import type { Platform } from '../../platform/platform.js';
import { BackupsService } from './backups.service.js';

export function keepingProviders(platform: Platform): Provider[] {
  return [
    {
      provide: BackupsService,
      inject: [Runner],
      useFactory: (runner: Runner) => new BackupsService(runner, platform),
    },
  ];
}
