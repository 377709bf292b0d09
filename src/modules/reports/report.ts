/**
 * The executive report as a document, and what it is made of: which metrics of which department,
 * which lists, which dimensions may explain a change. Values only; the services beside it ask.
 */
import type {
  Answer,
  Breakdown,
  MetricValue,
  Summary,
  Unit,
} from '../../contracts/metric-contract.js';
import type { BreakdownArguments } from '../metrics/metrics.service.js';
import type { MetricDefinition } from '../metrics/definition.js';
import type { Comparison } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';

/** A department as the report asks it; the departments' own services are given by the wiring. */
export interface AskableDepartment {
  metrics: readonly MetricDefinition[];
  service: {
    summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>>;
    breakdown(given: BreakdownArguments): Promise<Answer<Breakdown>>;
  };
}

export const DEPARTMENTS = ['sales', 'behaviour', 'customers', 'campaigns', 'sentiment'] as const;
export type DepartmentId = (typeof DEPARTMENTS)[number];
export type Departments = Readonly<Record<DepartmentId, AskableDepartment>>;

interface SectionPlan {
  department: DepartmentId;
  title: string;
  metrics: readonly string[];
}

/** In the order of the page. */
export const SECTIONS: readonly SectionPlan[] = [
  {
    department: 'sales',
    title: 'Sales',
    metrics: [
      'gross_sales',
      'discounts',
      'refunds',
      'net_sales',
      'total_sales',
      'orders',
      'units',
      'average_order_value',
    ],
  },
  {
    department: 'behaviour',
    title: 'Visits',
    metrics: ['sessions', 'visitors', 'conversion_rate', 'bounce_rate', 'cart_abandonment_rate'],
  },
  {
    department: 'customers',
    title: 'Customers',
    metrics: ['customers', 'new_customers', 'repeat_customers', 'repeat_rate'],
  },
  {
    department: 'campaigns',
    title: 'Campaigns',
    metrics: ['spend', 'clicks', 'attributed_net_revenue', 'roas', 'cac'],
  },
  {
    department: 'sentiment',
    title: 'Sentiment',
    metrics: ['feedback', 'mean_sentiment', 'negative_share', 'mean_rating'],
  },
];

interface ListPlan {
  id: 'products' | 'campaigns';
  title: string;
  department: DepartmentId;
  by: string;
  metric: string;
  /** Keys that name nothing. */
  without: readonly string[];
}

/** What rose and fell, by a metric of a department. */
export const LISTS: readonly ListPlan[] = [
  {
    id: 'products',
    title: 'Products',
    department: 'sales',
    by: 'product',
    metric: 'net_sales',
    without: [''],
  },
  {
    id: 'campaigns',
    title: 'Campaigns',
    department: 'sales',
    by: 'campaign',
    metric: 'net_sales',
    without: ['', 'unknown', 'none'],
  },
];

/** Sums of their parts, of which the one that changed most is explained. */
export const EXPLAINED: readonly { department: DepartmentId; metric: string; by: string[] }[] = [
  {
    department: 'sales',
    metric: 'net_sales',
    by: ['channel', 'country', 'device', 'category', 'campaign'],
  },
  { department: 'sales', metric: 'orders', by: ['channel', 'country', 'device', 'campaign'] },
  {
    department: 'behaviour',
    metric: 'sessions',
    by: ['channel', 'country', 'device', 'landing_page'],
  },
];

export interface ReportValue {
  metric: string;
  label: string;
  unit: Unit;
  value: MetricValue;
  previous: MetricValue;
  /** (value − previous) / previous; null where previous is null or 0. */
  change: number | null;
  year_before: MetricValue;
  year_change: number | null;
}

export interface ReportSection {
  department: DepartmentId;
  title: string;
  as_of: string | null;
  values: ReportValue[];
  /** Why there are no numbers, or what they lack; null if nothing is to be said. */
  note: string | null;
}

export interface ReportRow {
  key: string;
  label: string;
  value: MetricValue;
  previous: MetricValue;
  difference: MetricValue;
}

export interface ReportList {
  id: string;
  title: string;
  metric: string;
  unit: Unit;
  /** The largest by the metric. */
  top: ReportRow[];
  /** Those that lost most against the previous period. */
  falling: ReportRow[];
  /** Why there are none; null if nothing is to be said. */
  note: string | null;
}

export interface Explanation {
  metric: string;
  dimension: string | null;
  sentences: string[];
}

export interface Quality {
  as_of: string | null;
  held: string[];
  /** Rows that failed a check in the period and were set aside, and checks that failed. */
  quarantined_rows: number;
  failed_checks: { model: string; check: string; severity: string; rows: number }[];
  rejected_events: number;
}

/** Who knows what the checks found; given by the wiring. */
export interface QualitySource {
  findings(from: Date, to: Date): Promise<Omit<Quality, 'as_of' | 'held'>>;
  /**
   * When all was stored that the shop's database says of the time before `until`; null while it is
   * not, undefined where no database is connected.
   */
  shopKnownAt(until: Date): Promise<Date | null | undefined>;
}

/** Instants as they read in the timezone; `to` is exclusive. */
export interface ReportRange {
  from: string;
  to: string;
}

export interface ExecutiveReport {
  period: string;
  date: string;
  timezone: string;
  currency: string;
  range: ReportRange;
  previous_range: ReportRange;
  year_before_range: ReportRange;
  sections: ReportSection[];
  lists: ReportList[];
  explanation: Explanation | null;
  quality: Quality;
  notes: string[];
}
