/** What the department's own views are asked and answer, beside the metric contract. */
import type { MetricValue } from '../../contracts/metric-contract.js';
import type { Granularity } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';

type Asked = Pick<MetricArguments, 'from' | 'to' | 'timezone' | 'currency'>;

export type RangeArguments = Asked;
export type TopArguments = Asked & { limit?: number };
export type MovementArguments = Omit<Asked, 'currency'> & { granularity?: Granularity };
export type CohortArguments = Asked & { granularity?: Granularity; periods?: number };

export interface Rows<Row> {
  rows: Row[];
}

export interface TopCustomer {
  /** The pseudonymous id. */
  key: string;
  label: string;
  customer_net_revenue: MetricValue;
  customer_revenue: MetricValue;
  customer_refunds: MetricValue;
  customer_orders: MetricValue;
  last_order_at: string;
  segment: string | null;
  p_alive: MetricValue;
  clv: MetricValue;
}

export interface SegmentRow {
  key: string;
  label: string;
  customers: MetricValue;
  customer_share: MetricValue;
  net_revenue: MetricValue;
  revenue_share: MetricValue;
}

/** One period, by the day on which it begins. */
export interface MovementRow {
  key: string;
  label: string;
  active: number;
  new: number;
  returning: number;
  reactivated: number;
  lost: number;
}

export interface CohortPeriod {
  period: number;
  customers: number;
  rate: MetricValue;
  cumulative_revenue_per_customer: MetricValue;
}

export interface CohortRow {
  key: string;
  label: string;
  size: number;
  periods: CohortPeriod[];
}

/** A fit of one day; parameters and likelihoods are null unless its status is fitted. */
export interface ClvFit {
  as_of: string;
  status: string;
  customers: number;
  repeat_customers: number;
  r: number | null;
  alpha: number | null;
  a: number | null;
  b: number | null;
  log_likelihood: number | null;
  p: number | null;
  q: number | null;
  v: number | null;
  spend_log_likelihood: number | null;
  /** What a fit on all but the last days foretold of these; null where it could not be made. */
  calibration: ClvCalibration | null;
}

export interface ClvCalibration {
  held_out_days: number;
  customers: number;
  predicted_orders: number;
  actual_orders: number;
  /** predicted / actual − 1; null where nobody came. */
  error: number | null;
  mean_absolute_error: number;
}

export interface ClvDecile {
  key: string;
  label: string;
  customers: number;
  clv: MetricValue;
  average_clv: MetricValue;
  clv_share: MetricValue;
  expected_orders: MetricValue;
  p_alive: MetricValue;
}

export interface ClvData {
  rows: ClvDecile[];
  /** The latest; null before the first. */
  fit: ClvFit | null;
  /** Those made on days of the range, newest first. */
  fits: ClvFit[];
}
