/**
 * What a key may see of the catalog: the metrics of its departments, the models that these read,
 * and all upstream of them. `admin` and `pipelines:run` see everything. Pure.
 */
import { hasScope, type Scope } from '../../contracts/scopes.js';
import type { MetricDefinition } from '../metrics/definition.js';
import type { DescribedDepartment } from './departments.js';

/** Whoever may read something may see what stands behind it. */
export const CATALOG_SCOPES = [
  'sales:read',
  'behaviour:read',
  'customers:read',
  'campaigns:read',
  'sentiment:read',
  'reports:read',
  'pii:read',
  'pipelines:run',
  'admin',
] as const satisfies readonly Scope[];

export interface VisibleMetric {
  described: DescribedDepartment;
  metric: MetricDefinition;
  /** False where only a view of its own answers it. */
  isSummarised: boolean;
}

export const seesAll = (scopes: readonly Scope[]): boolean =>
  hasScope(scopes, 'admin') || scopes.includes('pipelines:run');

/** `reports:read` stands for no department: it sees the metrics of the executive report. */
export function visibleMetrics(
  departments: readonly DescribedDepartment[],
  scopes: readonly Scope[],
): VisibleMetric[] {
  return departments.flatMap((described) => {
    const { department, reported } = described;
    const isWhole = seesAll(scopes) || hasScope(scopes, department.scope);
    const isReported = ({ id }: MetricDefinition) =>
      scopes.includes('reports:read') && reported.includes(id);
    const metrics = department.metrics.filter((metric) => isWhole || isReported(metric));
    const ids = new Set(department.metrics.map(({ id }) => id));
    const own = described.ownMetrics.filter(({ id }) => isWhole && !ids.has(id));
    return [
      ...metrics.map((metric) => ({ described, metric, isSummarised: true })),
      ...uniqueById(own).map((metric) => ({ described, metric, isSummarised: false })),
    ];
  });
}

/** The models that the metrics read themselves, and those that tell how complete they are. */
export function modelsOf(metrics: readonly VisibleMetric[]): string[] {
  const names = metrics.flatMap(({ described, metric }) => [
    ...Object.keys(metric.expression),
    described.department.completenessModel,
  ]);
  return [...new Set(names)];
}

function uniqueById(metrics: readonly MetricDefinition[]): MetricDefinition[] {
  return [...new Map(metrics.map((metric) => [metric.id, metric])).values()];
}
