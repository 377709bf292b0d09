/**
 * All departments with what their own views answer: the list that the catalog and the generated
 * references share. Imported by the wiring and the command line.
 */
import type { Provider } from '@nestjs/common';
import { BEHAVIOUR_DEPARTMENT } from './modules/behaviour/behaviour.metrics.js';
import { SESSION_SURFACE } from './modules/behaviour/behaviour.surfaces.js';
import { JOURNEY_METRICS } from './modules/behaviour/journeys.metrics.js';
import { ATTRIBUTION_METRICS } from './modules/campaigns/attribution.metrics.js';
import { CAMPAIGNS_DEPARTMENT } from './modules/campaigns/campaigns.metrics.js';
import { CREDIT_SURFACE } from './modules/campaigns/campaigns.surfaces.js';
import {
  CATALOG_DEPARTMENTS,
  type CatalogDepartment,
  type DescribedDepartment,
} from './modules/catalog/departments.js';
import { CUSTOMER_LIST_METRICS } from './modules/customers/customer-lists.metrics.js';
import { CUSTOMERS_DEPARTMENT } from './modules/customers/customers.metrics.js';
import type { Department, MetricDefinition, Surface } from './modules/metrics/definition.js';
import { SECTIONS, type DepartmentId, type Departments } from './modules/reports/report.js';
import { REPORT_DEPARTMENTS } from './modules/reports/reports.providers.js';
import { PAIR_METRICS, SALES_DEPARTMENT } from './modules/sales/sales.metrics.js';
import { SENTIMENT_DEPARTMENT, TEXT_METRICS } from './modules/sentiment/sentiment.metrics.js';
import { TEXT_SURFACE } from './modules/sentiment/sentiment.surfaces.js';

const describe = (
  department: Department,
  ownMetrics: readonly MetricDefinition[],
  ...ownSurfaces: Surface[]
): DescribedDepartment => ({
  department,
  ownMetrics,
  ownSurfaces,
  reported: SECTIONS.filter((section) => section.department === department.id).flatMap(
    ({ metrics }) => metrics,
  ),
});

export const DESCRIBED_DEPARTMENTS: readonly DescribedDepartment[] = [
  describe(SALES_DEPARTMENT, PAIR_METRICS),
  describe(BEHAVIOUR_DEPARTMENT, JOURNEY_METRICS, SESSION_SURFACE),
  describe(CAMPAIGNS_DEPARTMENT, ATTRIBUTION_METRICS, CREDIT_SURFACE),
  describe(CUSTOMERS_DEPARTMENT, CUSTOMER_LIST_METRICS),
  describe(SENTIMENT_DEPARTMENT, TEXT_METRICS, TEXT_SURFACE),
];

/** With the services that the report asks too. */
export const CATALOG_SOURCE: Provider = {
  provide: CATALOG_DEPARTMENTS,
  inject: [REPORT_DEPARTMENTS],
  useFactory: (departments: Departments): CatalogDepartment[] =>
    DESCRIBED_DEPARTMENTS.map((described) => ({
      ...described,
      service: departments[described.department.id as DepartmentId].service,
    })),
};
