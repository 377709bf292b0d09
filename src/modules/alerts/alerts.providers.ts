/** How the parts of alerts are made; the wiring takes the list. */
import type { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Runner } from '../../analytics/index.js';
import { ShopSource } from '../../ingest/index.js';
import type { Platform } from '../../platform/platform.js';
import { AlertBook } from './alert-book.js';
import { AlertsResolver } from './alerts.resolver.js';
import { AlertsSchedule } from './alerts.schedule.js';
import { AlertsService } from './alerts.service.js';
import { Channels } from './channels.js';
import { Notifications } from './notifications.js';
import { StateReader } from './state-reader.js';

export function alertsProviders(platform: Platform): Provider[] {
  const { config, clock, controlDb } = platform;
  const channels = new Channels(config, clock);
  return [
    AlertsResolver,
    {
      provide: AlertsService,
      useFactory: () => new AlertsService(controlDb.dataSource, channels, clock),
    },
    {
      provide: AlertsSchedule,
      inject: [SchedulerRegistry, Runner, ShopSource],
      useFactory: (registry: SchedulerRegistry, { project }: Runner, shop: ShopSource) => {
        const parts = {
          reader: new StateReader(project, shop, platform),
          book: new AlertBook(controlDb.dataSource),
          channels,
          notifications: new Notifications(channels, platform),
        };
        return new AlertsSchedule(registry, parts, platform);
      },
    },
  ];
}
