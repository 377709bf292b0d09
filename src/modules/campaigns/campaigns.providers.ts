/** How the parts of campaigns are made; the wiring takes the list. */
import type { Provider } from '@nestjs/common';
import type { Platform } from '../../platform/platform.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { AttributionService } from './attribution.service.js';
import { CampaignsResolver } from './campaigns.resolver.js';
import { CampaignsService } from './campaigns.service.js';

export function campaignsProviders({ config }: Platform): Provider[] {
  return [
    CampaignsResolver,
    {
      provide: CampaignsService,
      inject: [MetricsService],
      useFactory: (metrics: MetricsService) => new CampaignsService(metrics, config),
    },
    {
      provide: AttributionService,
      inject: [MetricsService, CampaignsService],
      useFactory: (metrics: MetricsService, campaigns: CampaignsService) =>
        new AttributionService(metrics, campaigns),
    },
  ];
}
