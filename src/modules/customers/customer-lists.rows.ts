/** From the rows of the department's own queries to what its views answer. Pure. */
import { Decimal } from 'decimal.js';
import type { DateTime } from 'luxon';
import { fromEngineInstant } from '../../platform/warehouse/warehouse.js';
import type { MetricRequest } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import type {
  ClvCalibration,
  ClvData,
  ClvDecile,
  ClvFit,
  CohortPeriod,
  CohortRow,
  MovementRow,
  SegmentRow,
  TopCustomer,
} from './customer-lists.types.js';
import { segmentLabel } from './segments.js';

export type Row = Record<string, EngineValue>;

export const instant = (value: EngineValue) => fromEngineInstant(String(value)).toISOString();
const text = (value: EngineValue) => (value === null || value === undefined ? null : String(value));
const number = (value: EngineValue) =>
  value === null || value === undefined ? null : Number(value);

export function topCustomer(row: Row, { currency }: MetricRequest): TopCustomer {
  const money = (name: string) => toMetricValue(row[name], 'money', currency);
  return {
    key: String(row['customer_id']),
    label: String(row['customer_id']),
    customer_net_revenue: money('customer_net_revenue'),
    customer_revenue: money('customer_revenue'),
    customer_refunds: money('customer_refunds'),
    customer_orders: toMetricValue(row['customer_orders'], 'count', ''),
    last_order_at: instant(row['last_order_at']),
    segment: text(row['segment']),
    p_alive: toMetricValue(row['p_alive'], 'ratio', ''),
    clv: money('clv'),
  };
}

export function segmentRow(row: Row, currency: string): SegmentRow {
  return {
    key: String(row['segment']),
    label: segmentLabel(String(row['segment'])),
    customers: toMetricValue(row['segment_customers'], 'count', ''),
    customer_share: toMetricValue(row['segment_customer_share'], 'ratio', ''),
    net_revenue: toMetricValue(row['customer_net_revenue'], 'money', currency),
    revenue_share: toMetricValue(row['segment_revenue_share'], 'ratio', ''),
  };
}

/** Of the periods but the first, which is there to be compared with. */
export function movementRows(rows: readonly Row[], starts: readonly DateTime[]): MovementRow[] {
  const byBucket = new Map(rows.map((row) => [String(row['bucket']), row]));
  const count = (start: DateTime, name: string) =>
    Number(byBucket.get(start.toISODate()!)?.[name] ?? 0);
  return starts.slice(1).map((start, index) => {
    const returning = count(start, 'returning');
    return {
      key: start.toISODate()!,
      label: start.toISODate()!,
      active: count(start, 'active'),
      new: count(start, 'new'),
      returning,
      reactivated: count(start, 'reactivated'),
      lost: count(starts[index]!, 'active') - returning,
    };
  });
}

export function cohortRows(rows: readonly Row[], currency: string): CohortRow[] {
  const byCohort = new Map<string, Row[]>();
  for (const row of rows) {
    const key = String(row['cohort']);
    const found = byCohort.get(key);
    if (found) found.push(row);
    else byCohort.set(key, [row]);
  }
  return [...byCohort].map(([key, found]) => {
    const size = Number(found[0]!['size']);
    return { key, label: key, size, periods: periodsOf(found, size, currency) };
  });
}

/** All periods up to the last in which somebody ordered, without gaps. */
function periodsOf(rows: readonly Row[], size: number, currency: string): CohortPeriod[] {
  const byPeriod = new Map(rows.map((row) => [Number(row['period']), row]));
  let revenue = new Decimal(0);
  return Array.from({ length: Math.max(...byPeriod.keys()) + 1 }, (_, period) => {
    const row = byPeriod.get(period);
    const customers = Number(row?.['active_customers'] ?? 0);
    revenue = revenue.plus(row?.['revenue'] ?? 0);
    const perCustomer = revenue.div(size).toString();
    return {
      period,
      customers,
      rate: toMetricValue(customers / size, 'ratio', ''),
      cumulative_revenue_per_customer: toMetricValue(perCustomer, 'money', currency),
    };
  });
}

/** The newest fit is the one by which customers are valued. */
export function clvData(
  fits: readonly Row[],
  inRange: readonly Row[],
  deciles: readonly Row[],
  currency: string,
): ClvData {
  const [latest] = fits;
  return {
    rows: deciles.map((row) => clvDecile(row, currency)),
    fit: latest ? clvFit(latest) : null,
    fits: inRange.map(clvFit),
  };
}

function clvFit(row: Row): ClvFit {
  return {
    as_of: instant(row['as_of']),
    status: String(row['status']),
    customers: Number(row['customers']),
    repeat_customers: Number(row['repeat_customers']),
    r: number(row['r']),
    alpha: number(row['alpha']),
    a: number(row['a']),
    b: number(row['b']),
    log_likelihood: number(row['log_likelihood']),
    p: number(row['p']),
    q: number(row['q']),
    v: number(row['v']),
    spend_log_likelihood: number(row['spend_log_likelihood']),
    calibration: calibration(row),
  };
}

function calibration(row: Row): ClvCalibration | null {
  const days = number(row['held_out_days']);
  if (days === null) return null;
  const predicted = Number(row['predicted_orders']);
  const actual = Number(row['actual_orders']);
  return {
    held_out_days: days,
    customers: Number(row['calibration_customers']),
    predicted_orders: predicted,
    actual_orders: actual,
    error: actual === 0 ? null : Number(toMetricValue(predicted / actual - 1, 'ratio', '')),
    mean_absolute_error: Number(row['mean_absolute_error']),
  };
}

function clvDecile(row: Row, currency: string): ClvDecile {
  const decile = String(row['decile']);
  return {
    key: decile,
    label: `Decile ${decile}`,
    customers: Number(row['customers']),
    clv: toMetricValue(row['total_clv'], 'money', currency),
    average_clv: toMetricValue(row['average_clv'], 'money', currency),
    clv_share: toMetricValue(row['clv_share'], 'ratio', ''),
    expected_orders: toMetricValue(row['expected_orders'], 'ratio', ''),
    p_alive: toMetricValue(row['p_alive'], 'ratio', ''),
  };
}
