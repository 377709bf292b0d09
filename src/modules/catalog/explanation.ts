/** What the explanation of a number holds. */
import type {
  CatalogEntry,
  Publication,
  PublishingRun,
  Quarantined,
  UncountedOrders,
} from '../../analytics/index.js';
import type { MetricValue, Unit } from '../../contracts/metric-contract.js';
import type { EventArrivals, RecordArrivals, RejectedArrivals } from '../../ingest/index.js';
import type { Query } from '../metrics/query-builder.js';
import type { MetricArguments } from '../metrics/request.js';

export interface ExplainArguments extends Omit<MetricArguments, 'metrics'> {
  metric: string;
  /** Where several departments have the metric; default: the first that the key may read. */
  department?: string;
}

export interface ExplainedMetric {
  id: string;
  department: string;
  label: string;
  formula: string;
  version: number;
  unit: Unit;
  owner: string;
}

export interface ExplainedModel extends Pick<
  CatalogEntry,
  'name' | 'layer' | 'kind' | 'description' | 'grain' | 'owner' | 'upstream' | 'definition'
> {
  /** See the catalog's freshness. */
  state: string;
  as_of: string | null;
  /** Published partitions within the range; 0 of sources and views. */
  partitions: number;
}

export interface Explanation {
  metric: ExplainedMetric;
  value: MetricValue;
  /** Run on the warehouse it gives the value, before it is rounded for the surface. */
  query: Query & { model: string };
  /** All that the number is made of, each after all that it reads. */
  models: ExplainedModel[];
  published: { versions: Publication[]; runs: PublishingRun[] };
  /** Null where nothing of this kind is read. */
  arrivals: { events: EventArrivals[] | null; records: RecordArrivals[] | null };
  left_out: {
    quarantined: Quarantined[];
    rejected_events: RejectedArrivals[] | null;
    orders: UncountedOrders | null;
  };
  /** What was shortened, in words. */
  cut: string[];
}
