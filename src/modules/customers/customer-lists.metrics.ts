/** What the department's own views hold, as definitions; their numbers come from queries/*.sql. */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import { CUSTOMERS_DEPARTMENT, ORDERS } from './customers.metrics.js';

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner' | 'expression'>,
): MetricDefinition => ({
  version: 1,
  owner: 'customers',
  // Not of one expression: see the query.
  expression: { [ORDERS]: '' },
  ...metric,
});

const known = (id: string): MetricDefinition =>
  CUSTOMERS_DEPARTMENT.metrics.find((metric) => metric.id === id)!;

const CLV = define({
  id: 'clv',
  label: 'Lifetime value',
  formula:
    'Orders to expect in each of the next 12 months (BG/NBD, Fader, Hardie & Lee 2005) × the ' +
    'revenue to expect of one (Gamma-Gamma, Fader & Hardie 2013), discounted by 1 % a month; null ' +
    'without a fit.',
  unit: 'money',
  isApproximate: true,
  isRatio: true,
});
const P_ALIVE = define({
  id: 'p_alive',
  label: 'Probability of being alive',
  formula: 'That the customer still buys, by BG/NBD; null without a repeat order.',
  unit: 'ratio',
  isApproximate: true,
  isRatio: true,
});
const SEGMENT_CUSTOMERS = define({
  id: 'segment_customers',
  label: 'Customers of the segment',
  formula:
    'Customers with an order in the currency at any time, by the RFM segment in which they are ' +
    'today: recency, frequency and net revenue as quintiles among them, equal values sharing the ' +
    'lowest rank; unsegmented if they are fewer than five.',
  unit: 'count',
  isProvisional: true,
});

export const TOP_METRICS: readonly MetricDefinition[] = [
  known('customer_net_revenue'),
  known('customer_revenue'),
  known('customer_refunds'),
  known('customer_orders'),
  P_ALIVE,
  CLV,
];

export const SEGMENT_METRICS: readonly MetricDefinition[] = [
  SEGMENT_CUSTOMERS,
  define({
    id: 'segment_customer_share',
    label: 'Share of the customers',
    formula: 'Customers of the segment / customers of all segments.',
    unit: 'ratio',
    isRatio: true,
  }),
  known('customer_net_revenue'),
  define({
    id: 'segment_revenue_share',
    label: 'Share of the net revenue',
    formula: 'Net revenue of the orders in the range by the segment / by all segments.',
    unit: 'ratio',
    isRatio: true,
  }),
];

export const MOVEMENT_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'movement_active',
    label: 'Active customers',
    formula:
      'Distinct known customers who placed an order in the period, in any currency: new + ' +
      'returning + reactivated, and those of the period before − lost + new + reactivated.',
    unit: 'count',
    isProvisional: true,
  }),
  define({
    id: 'movement_new',
    label: 'New',
    formula: 'Customers whose first order ever was placed in the period.',
    unit: 'count',
    isProvisional: true,
  }),
  define({
    id: 'movement_returning',
    label: 'Returning',
    formula: 'Customers active in the period and in the one before.',
    unit: 'count',
    isProvisional: true,
  }),
  define({
    id: 'movement_reactivated',
    label: 'Reactivated',
    formula: 'Customers active in the period who are not new and were not in the one before.',
    unit: 'count',
    isProvisional: true,
  }),
  define({
    id: 'movement_lost',
    label: 'Lost',
    formula: 'Customers active in the period before and not in the period.',
    unit: 'count',
    isProvisional: true,
  }),
];

export const COHORT_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'cohort_customers',
    label: 'Customers of the cohort',
    formula: 'Known customers whose first order ever, in any currency, was placed in the period.',
    unit: 'count',
    isProvisional: true,
  }),
  define({
    id: 'cohort_retention_rate',
    label: 'Retention',
    formula:
      'Customers of the cohort who ordered in the period in the currency asked for / customers of ' +
      'the cohort.',
    unit: 'ratio',
    isRatio: true,
  }),
  define({
    id: 'cohort_revenue_per_customer',
    label: 'Cumulative revenue per customer',
    formula:
      'Gross − discounts of the orders that the cohort placed up to and in the period / customers ' +
      'of the cohort.',
    unit: 'money',
    isRatio: true,
  }),
];

export const CLV_METRICS: readonly MetricDefinition[] = [CLV, P_ALIVE];

/** A department that answers these metrics over whole orders. */
export function listDepartment(
  metrics: readonly MetricDefinition[],
  currency: 'own' | 'all' = 'own',
): Department {
  return {
    ...CUSTOMERS_DEPARTMENT,
    metrics,
    surfaces: [{ model: ORDERS, time: 'm.placed_at', dimensions: [], currency }],
    standardMetrics: metrics.map(({ id }) => id),
  };
}

/** All of them that are no metrics of the department besides, for the page of definitions. */
export const CUSTOMER_LIST_METRICS: readonly MetricDefinition[] = [
  P_ALIVE,
  CLV,
  ...SEGMENT_METRICS.filter(({ id }) => id.startsWith('segment_')),
  ...MOVEMENT_METRICS,
  ...COHORT_METRICS,
];
