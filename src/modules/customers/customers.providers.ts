/** How the services of customers are made from the platform; app.module.ts wires them in. */
import type { Provider } from '@nestjs/common';
import { AuditLog } from '../../platform/auth/audit-log.js';
import type { Platform } from '../../platform/platform.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { CustomerListsService } from './customer-lists.service.js';
import { CustomersResolver } from './customers.resolver.js';
import { CustomersService } from './customers.service.js';
import { PersonalService } from './personal.service.js';
import { StoryService } from './story.service.js';

export function customersProviders({ config, vault }: Platform): Provider[] {
  return [
    CustomersResolver,
    {
      provide: CustomersService,
      inject: [MetricsService],
      useFactory: (metrics: MetricsService) => new CustomersService(metrics, config),
    },
    {
      provide: CustomerListsService,
      inject: [MetricsService, CustomersService],
      useFactory: (metrics: MetricsService, customers: CustomersService) =>
        new CustomerListsService(metrics, customers),
    },
    {
      provide: StoryService,
      inject: [MetricsService],
      useFactory: (metrics: MetricsService) => new StoryService(metrics),
    },
    {
      provide: PersonalService,
      inject: [AuditLog],
      useFactory: (audit: AuditLog) => new PersonalService(vault, audit),
    },
  ];
}
