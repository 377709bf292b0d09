/**
 * The metric definitions of campaigns. Sessions count by their start, orders by the campaign of the
 * session in which they were placed, as in sales; `attributed` is what the last touch that was not
 * direct is credited with. Columns are written `m.…` (see modules/metrics/query-builder.ts).
 */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import { COUPONS, PAGES, PERFORMANCE, SURFACES } from './campaigns.surfaces.js';

/** Decimal division keeps the digits of its numerator; ten are enough before the one rounding. */
const ratio = (numerator: string, denominator: string) =>
  `toDecimal128(${numerator}, 10) / nullIf(${denominator}, 0)`;

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner'> & { version?: number },
): MetricDefinition => ({ version: 1, owner: 'campaigns', ...metric });

const on = (expression: string, ...models: string[]): MetricDefinition['expression'] =>
  Object.fromEntries(models.map((model) => [model, expression]));

const BOTH = [PERFORMANCE, PAGES];

/** What the model that performance goes by credits. */
const credited = (column: string) => `sumIf(m.${column}, m.attribution_model = 'last_non_direct')`;

/** Shares of orders have twelve digits, of which a divisor needs six. */
const divisor = (column: string) => `toDecimal128(${credited(column)}, 6)`;

const ORDERS = credited('credited_orders');
const NEW_CUSTOMERS = credited('new_customers');
const NET = `${credited('revenue')} - ${credited('refunds')}`;

const VISITS: readonly MetricDefinition[] = [
  define({
    id: 'sessions',
    label: 'Sessions',
    formula: 'Sessions that began in the range, as in behaviour.',
    unit: 'count',
    expression: on('sum(m.sessions)', ...BOTH),
  }),
  define({
    id: 'engaged_sessions',
    label: 'Engaged sessions',
    formula: 'Sessions with two page views, 10 seconds or an order.',
    unit: 'count',
    expression: on('sum(m.engaged_sessions)', ...BOTH),
  }),
  define({
    id: 'engaged_rate',
    label: 'Engaged rate',
    formula: 'Engaged sessions / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: on(ratio('sum(m.engaged_sessions)', 'sum(m.sessions)'), ...BOTH),
  }),
  define({
    id: 'bounce_rate',
    label: 'Bounce rate',
    formula: 'Sessions with one page view and no interaction / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: on(ratio('sum(m.bounces)', 'sum(m.sessions)'), ...BOTH),
  }),
  define({
    id: 'conversion_rate',
    label: 'Conversion rate',
    formula: 'Sessions with an order / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: on(ratio('sum(m.order_sessions)', 'sum(m.sessions)'), ...BOTH),
  }),
];

const SPEND: readonly MetricDefinition[] = [
  define({
    id: 'impressions',
    label: 'Impressions',
    formula: 'Times that ads were shown, as the ad platforms state it.',
    unit: 'count',
    expression: on('sum(m.impressions)', PERFORMANCE),
  }),
  define({
    id: 'clicks',
    label: 'Clicks',
    formula: 'Times that ads were clicked, as the ad platforms state it.',
    unit: 'count',
    expression: on('sum(m.clicks)', PERFORMANCE),
  }),
  define({
    id: 'platform_conversions',
    label: 'Conversions of the ad platforms',
    formula: 'Conversions as the ad platforms claim them, each for itself.',
    unit: 'quantity',
    expression: on('sum(m.conversions)', PERFORMANCE),
  }),
  define({
    id: 'spend',
    label: 'Spend',
    formula: 'What ads cost, on the days of the ad platforms.',
    unit: 'money',
    expression: on('sum(m.spend)', PERFORMANCE),
  }),
  define({
    id: 'ctr',
    label: 'Click-through rate',
    formula: 'Clicks / impressions.',
    unit: 'ratio',
    isRatio: true,
    expression: on(ratio('sum(m.clicks)', 'sum(m.impressions)'), PERFORMANCE),
  }),
  define({
    id: 'cpc',
    label: 'Cost per click',
    formula: 'Spend / clicks.',
    unit: 'money',
    isRatio: true,
    expression: on(ratio('sum(m.spend)', 'sum(m.clicks)'), PERFORMANCE),
  }),
];

const ORDERED: readonly MetricDefinition[] = [
  define({
    id: 'orders',
    label: 'Orders',
    formula: 'Orders placed in sessions of the campaign, as in sales; cancelled ones included.',
    unit: 'count',
    expression: on('sum(m.orders)', PERFORMANCE, COUPONS),
  }),
  define({
    id: 'revenue',
    label: 'Revenue',
    formula: 'Gross − discounts of the orders placed in sessions of the campaign.',
    unit: 'money',
    expression: {
      [PERFORMANCE]: `sumIf(m.revenue, m.kind = 'order')`,
      [COUPONS]: 'sum(m.revenue)',
    },
  }),
];

const ATTRIBUTED: readonly MetricDefinition[] = [
  define({
    id: 'attributed_orders',
    label: 'Attributed orders',
    formula:
      'Orders placed in the range, each credited to the last session within the lookback (30 ' +
      'days unless the rules say otherwise) that was not direct, to the last if all were, to ' +
      'unknown if none is known.',
    unit: 'quantity',
    expression: on(ORDERS, ...BOTH),
  }),
  define({
    id: 'attributed_revenue',
    label: 'Attributed revenue',
    formula: 'Gross − discounts of the attributed orders, on the day of the order.',
    unit: 'money',
    expression: on(credited('revenue'), ...BOTH),
  }),
  define({
    id: 'attributed_refunds',
    label: 'Attributed refunds',
    formula:
      'What refunds and cancellations took back, on their own day, from the campaign that the ' +
      'order was credited to.',
    unit: 'money',
    expression: on(credited('refunds'), ...BOTH),
  }),
  define({
    id: 'attributed_net_revenue',
    label: 'Attributed net revenue',
    formula:
      'Attributed revenue, on the day of the order − attributed refunds, on the day of the refund. ' +
      'Over all campaigns it is net sales.',
    unit: 'money',
    expression: on(NET, ...BOTH),
  }),
  define({
    id: 'new_customers',
    label: 'New customers',
    formula: 'Attributed orders that are the first ever of a known customer.',
    unit: 'quantity',
    isProvisional: true,
    expression: on(NEW_CUSTOMERS, PERFORMANCE),
  }),
  define({
    id: 'cpa',
    label: 'Cost per acquisition',
    formula: 'Spend / attributed orders.',
    unit: 'money',
    isRatio: true,
    expression: on(ratio('sum(m.spend)', divisor('credited_orders')), PERFORMANCE),
  }),
  define({
    id: 'cac',
    label: 'Customer acquisition cost',
    formula: 'Spend / new customers.',
    unit: 'money',
    isRatio: true,
    isProvisional: true,
    expression: on(ratio('sum(m.spend)', divisor('new_customers')), PERFORMANCE),
  }),
  define({
    id: 'roas',
    label: 'Return on ad spend',
    formula: 'Attributed net revenue / spend, both of the range.',
    unit: 'ratio',
    isRatio: true,
    expression: on(ratio(NET, 'sum(m.spend)'), PERFORMANCE),
  }),
];

export const CAMPAIGNS_DEPARTMENT: Department = {
  id: 'campaigns',
  scope: 'campaigns:read',
  metrics: [...SPEND, ...VISITS, ...ORDERED, ...ATTRIBUTED],
  surfaces: SURFACES,
  completenessModel: 'gold.campaign_15m',
  standardMetrics: [
    'spend',
    'clicks',
    'sessions',
    'attributed_orders',
    'attributed_net_revenue',
    'new_customers',
    'cpa',
    'cac',
    'roas',
  ],
};
