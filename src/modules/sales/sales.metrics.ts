/**
 * The metric definitions of sales. Formulas follow the definitions in docs/metrics.md, which is
 * generated from this file. Columns are written `m.…` (see modules/metrics/query-builder.ts).
 */
import type { Department, MetricDefinition, Surface } from '../metrics/definition.js';
import { CAMPAIGN, CHANNEL, COUNTRY, DEVICE, PRODUCT, SOURCE } from '../metrics/dimensions.js';

const SALES = 'gold.sales_15m';
const PRODUCTS = 'gold.product_15m';
const LINES = 'gold.fct_order_lines';

const NET = 'sum(m.gross) - sum(m.discount) - sum(m.refunds)';

/** Decimal division keeps the digits of its numerator; ten are enough before the one rounding. */
const ratio = (numerator: string, denominator: string) =>
  `toDecimal128(${numerator}, 10) / nullIf(${denominator}, 0)`;

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner'> & { version?: number },
): MetricDefinition => ({ version: 1, owner: 'sales', ...metric });

const metrics: readonly MetricDefinition[] = [
  define({
    id: 'gross_sales',
    label: 'Gross sales',
    formula:
      'Sum of price × quantity of placed orders, before discount, tax and shipping; test orders ' +
      'excluded, cancelled orders included.',
    unit: 'money',
    expression: { [SALES]: 'sum(m.gross)', [PRODUCTS]: 'sum(m.gross)' },
  }),
  define({
    id: 'discounts',
    label: 'Discounts',
    formula: 'Sum of the discounts on placed orders.',
    unit: 'money',
    expression: { [SALES]: 'sum(m.discount)', [PRODUCTS]: 'sum(m.discount)' },
  }),
  define({
    id: 'refunds',
    label: 'Refunds and adjustments',
    formula:
      'Sum of what refunds and cancellations took back of gross − discounts, each on its own day; ' +
      'of a product, what the refund names or its share of the order.',
    unit: 'money',
    expression: { [SALES]: 'sum(m.refunds)', [PRODUCTS]: 'sum(m.refunds)' },
  }),
  define({
    id: 'net_sales',
    label: 'Net sales',
    formula: 'Gross sales − discounts − refunds and adjustments, each on its own day.',
    unit: 'money',
    expression: { [SALES]: NET, [PRODUCTS]: NET },
  }),
  define({
    id: 'total_sales',
    label: 'Total sales',
    formula: 'Net sales + tax + shipping, both less what was refunded or cancelled of them.',
    unit: 'money',
    expression: { [SALES]: `${NET} + sum(m.tax) + sum(m.shipping)` },
  }),
  define({
    id: 'orders',
    label: 'Orders',
    formula: 'Number of placed orders; test orders excluded, cancelled orders included.',
    unit: 'count',
    expression: { [SALES]: 'sum(m.orders)', [PRODUCTS]: 'uniqExactMerge(m.orders)' },
  }),
  define({
    id: 'cancelled_orders',
    label: 'Cancelled orders',
    formula: 'Number of orders cancelled, on the day of the cancellation.',
    unit: 'count',
    expression: { [SALES]: 'sum(m.cancelled_orders)' },
  }),
  define({
    id: 'units',
    label: 'Units',
    formula: 'Sum of quantities of placed orders; null if no order of the range has lines.',
    unit: 'quantity',
    expression: {
      [SALES]: 'if(sum(m.orders) > 0 and sum(m.orders_with_units) = 0, null, sum(m.units))',
      [PRODUCTS]: 'sum(m.units)',
    },
  }),
  define({
    id: 'customers',
    label: 'Customers',
    formula: 'Distinct known customers who placed an order.',
    unit: 'count',
    isProvisional: true,
    expression: {
      [SALES]: 'uniqExactMerge(m.customers)',
      [PRODUCTS]: 'uniqExactMerge(m.customers)',
    },
  }),
  define({
    id: 'average_order_value',
    label: 'Average order value',
    formula: '(Gross sales − discounts) / orders as placed; later edits ignored.',
    unit: 'money',
    isRatio: true,
    expression: { [SALES]: ratio('sum(m.placed_gross) - sum(m.placed_discount)', 'sum(m.orders)') },
  }),
];

const shared = [
  COUNTRY,
  DEVICE,
  SOURCE,
  CHANNEL,
  ...CAMPAIGN,
  { id: 'customer_known', label: 'Customer known', key: 'm.customer_known' },
];

const surfaces: readonly Surface[] = [
  { model: SALES, time: 'm.bucket_at', dimensions: shared },
  {
    model: PRODUCTS,
    time: 'm.bucket_at',
    dimensions: [...shared, ...PRODUCT],
    standardMetrics: ['gross_sales', 'discounts', 'refunds', 'net_sales', 'orders', 'units'],
  },
];

export const SALES_DEPARTMENT: Department = {
  id: 'sales',
  scope: 'sales:read',
  metrics,
  surfaces,
  completenessModel: SALES,
  isReconciled: true,
  standardMetrics: [
    'gross_sales',
    'discounts',
    'refunds',
    'net_sales',
    'total_sales',
    'orders',
    'average_order_value',
  ],
};

/** What is said of two products bought together; the numbers come from queries/bought_together.sql. */
export const PAIR_METRICS: readonly MetricDefinition[] = (
  [
    ['pair_orders', 'Orders with both', 'Orders that hold both products.', 'count'],
    ['pair_support', 'Support', 'Orders with both / orders with products.', 'ratio'],
    ['pair_confidence', 'Confidence', 'Orders with both / orders with the first.', 'ratio'],
    [
      'pair_lift',
      'Lift',
      'Confidence / (orders with the other / orders with products); above 1 they attract each other.',
      'ratio',
    ],
  ] as const
).map(([id, label, formula, unit]) =>
  define({ id, label, formula, unit, expression: { [LINES]: '' } }),
);

export const PAIR_DEPARTMENT: Department = {
  ...SALES_DEPARTMENT,
  metrics: PAIR_METRICS,
  standardMetrics: PAIR_METRICS.map(({ id }) => id),
  surfaces: [{ model: LINES, time: 'm.placed_at', dimensions: [], currency: 'all' }],
  isReconciled: false,
};
