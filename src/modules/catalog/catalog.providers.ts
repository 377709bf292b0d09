/** How the parts of the catalog are made; the wiring takes the list and gives the departments. */
import type { Provider } from '@nestjs/common';
import { Catalog, Evidence, Freshness, Quality, Runner } from '../../analytics/index.js';
import { Arrivals } from '../../ingest/index.js';
import type { Platform } from '../../platform/platform.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { CatalogResolver } from './catalog.resolver.js';
import { CatalogService } from './catalog.service.js';
import { CATALOG_DEPARTMENTS, type CatalogDepartment } from './departments.js';
import { ExplainResolver } from './explain.resolver.js';
import { ExplainService } from './explain.service.js';

export function catalogProviders({ controlDb, warehouse, clock }: Platform): Provider[] {
  const { dataSource } = controlDb;
  return [
    CatalogResolver,
    ExplainResolver,
    {
      provide: Catalog,
      inject: [Runner, Freshness],
      useFactory: ({ project, state }: Runner, freshness: Freshness) =>
        new Catalog(project, state, freshness, new Quality(dataSource), warehouse, clock),
    },
    {
      provide: CatalogService,
      inject: [Catalog, CATALOG_DEPARTMENTS],
      useFactory: (catalog: Catalog, departments: CatalogDepartment[]) =>
        new CatalogService(catalog, departments),
    },
    {
      provide: ExplainService,
      inject: [CATALOG_DEPARTMENTS, MetricsService, Catalog, Runner],
      useFactory: (
        departments: CatalogDepartment[],
        metrics: MetricsService,
        catalog: Catalog,
        { project }: Runner,
      ) =>
        new ExplainService(
          departments,
          metrics,
          catalog,
          new Evidence(project, dataSource, warehouse),
          new Arrivals(warehouse, dataSource),
        ),
    },
  ];
}
