/**
 * A department as the catalog knows it: what it answers, and its own service, by which a number is
 * explained with the very value that it serves. The wiring gives them; the catalog imports none.
 */
import type { Answer, Summary } from '../../contracts/metric-contract.js';
import type { Department, MetricDefinition, Surface } from '../metrics/definition.js';
import type { Comparison } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';

export interface DescribedDepartment {
  /** Its summary answers all of these metrics. */
  department: Department;
  /** Metrics that only views of its own answer. */
  ownMetrics: readonly MetricDefinition[];
  ownSurfaces: readonly Surface[];
  /** Ids of the metrics in the executive report. */
  reported: readonly string[];
}

export interface CatalogDepartment extends DescribedDepartment {
  service: {
    summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>>;
  };
}

export const CATALOG_DEPARTMENTS = Symbol('the departments of the catalog');
