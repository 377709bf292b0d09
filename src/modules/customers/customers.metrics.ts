/**
 * The metric definitions of customers: orders of known customers, by when they were placed. Columns
 * are written `m.…` (see modules/metrics/query-builder.ts).
 */
import type { Department, MetricDefinition, Surface } from '../metrics/definition.js';
import { CAMPAIGN, CHANNEL, COUNTRY, DEVICE, SOURCE } from '../metrics/dimensions.js';
import { segmentLabel } from './segments.js';

export const ORDERS = 'gold.customer_orders';
const BY_SEGMENT = 'gold.customer_orders_by_segment';

/** Decimal division keeps the digits of its numerator; ten are enough before the one rounding. */
const ratio = (numerator: string, denominator: string) =>
  `toDecimal128(${numerator}, 10) / nullIf(${denominator}, 0)`;

const CUSTOMERS = 'uniqExact(m.customer_id)';
const REPEAT = 'uniqExactIf(m.customer_id, m.order_number > 1)';
const GAP_DAYS =
  `sumIf(dateDiff('millisecond', assumeNotNull(m.previous_placed_at), m.placed_at), ` +
  `m.order_number > 1) / 86400000`;

const define = ({
  sql,
  ...metric
}: Omit<MetricDefinition, 'version' | 'owner' | 'expression' | 'isProvisional'> & {
  sql: string;
}): MetricDefinition => ({
  version: 1,
  owner: 'customers',
  // Whom an order is of may be learnt later.
  isProvisional: true,
  expression: { [ORDERS]: sql, [BY_SEGMENT]: sql },
  ...metric,
});

const metrics: readonly MetricDefinition[] = [
  define({
    id: 'customers',
    label: 'Customers',
    formula: 'Distinct known customers who placed an order.',
    unit: 'count',
    sql: CUSTOMERS,
  }),
  define({
    id: 'new_customers',
    label: 'New customers',
    formula: 'Customers whose first order ever, in any currency, is one of the orders counted.',
    unit: 'count',
    sql: 'countIf(m.order_number = 1)',
  }),
  define({
    id: 'repeat_customers',
    label: 'Repeat customers',
    formula: 'Customers with an order among those counted that was not their first.',
    unit: 'count',
    sql: REPEAT,
  }),
  define({
    id: 'repeat_rate',
    label: 'Repeat rate',
    formula: 'Repeat customers / customers.',
    unit: 'ratio',
    isRatio: true,
    sql: ratio(REPEAT, CUSTOMERS),
  }),
  define({
    id: 'customer_orders',
    label: 'Orders of known customers',
    formula: 'Placed orders of known customers; test orders excluded, cancelled orders included.',
    unit: 'count',
    sql: 'count()',
  }),
  define({
    id: 'orders_per_customer',
    label: 'Orders per customer',
    formula: 'Orders of known customers / customers.',
    unit: 'ratio',
    isRatio: true,
    sql: ratio('count()', CUSTOMERS),
  }),
  define({
    id: 'customer_revenue',
    label: 'Revenue of known customers',
    formula: 'Gross − discounts of the orders of known customers.',
    unit: 'money',
    sql: 'sum(m.revenue)',
  }),
  define({
    id: 'customer_refunds',
    label: 'Given back to known customers',
    formula:
      'What refunds and cancellations have so far taken back of gross − discounts of the orders, ' +
      'on whatever day.',
    unit: 'money',
    sql: 'sum(m.refunds)',
  }),
  define({
    id: 'customer_net_revenue',
    label: 'Net revenue of known customers',
    formula: 'Revenue of known customers − what was given back to them of these orders.',
    unit: 'money',
    sql: 'sum(m.revenue) - sum(m.refunds)',
  }),
  define({
    id: 'revenue_per_customer',
    label: 'Revenue per customer',
    formula: 'Revenue of known customers / customers.',
    unit: 'money',
    isRatio: true,
    sql: ratio('sum(m.revenue)', CUSTOMERS),
  }),
  define({
    id: 'revenue_per_customer_order',
    label: 'Average order of known customers',
    formula: 'Revenue of known customers / their orders, edits included.',
    unit: 'money',
    isRatio: true,
    sql: ratio('sum(m.revenue)', 'count()'),
  }),
  define({
    id: 'average_days_between_orders',
    label: 'Days between orders',
    formula:
      "Mean of the days since the customer's order before, over the orders that were not their " +
      "customer's first.",
    unit: 'ratio',
    isRatio: true,
    sql: ratio(GAP_DAYS, 'countIf(m.order_number > 1)'),
  }),
  define({
    id: 'refund_share',
    label: 'Refund share',
    formula: 'Given back to known customers / revenue of known customers, of the same orders.',
    unit: 'ratio',
    isRatio: true,
    sql: ratio('sum(m.refunds)', 'sum(m.revenue)'),
  }),
];

const dimensions = [SOURCE, CHANNEL, ...CAMPAIGN, COUNTRY, DEVICE];

const surfaces: readonly Surface[] = [
  { model: ORDERS, time: 'm.placed_at', dimensions },
  {
    model: BY_SEGMENT,
    time: 'm.placed_at',
    dimensions: [
      ...dimensions,
      { id: 'segment', label: 'Segment of today', key: 'm.segment', nameOf: segmentLabel },
    ],
  },
];

export const CUSTOMERS_DEPARTMENT: Department = {
  id: 'customers',
  scope: 'customers:read',
  metrics,
  surfaces,
  completenessModel: ORDERS,
  standardMetrics: [
    'customers',
    'new_customers',
    'repeat_rate',
    'orders_per_customer',
    'revenue_per_customer',
    'average_days_between_orders',
    'refund_share',
  ],
};
