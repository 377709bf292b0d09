/**
 * The metric definitions of behaviour. Sessions count by their start, views and visitors when they
 * were there. Columns are written `m.…` (see modules/metrics/query-builder.ts).
 */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import { ACTIVITY, PRODUCTS, SEARCHES, SURFACES, TRAFFIC } from './behaviour.surfaces.js';

/** Decimal division keeps the digits of its numerator; ten are enough before the one rounding. */
const ratio = (numerator: string, denominator: string) =>
  `toDecimal128(${numerator}, 10) / nullIf(${denominator}, 0)`;

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner'> & { version?: number },
): MetricDefinition => ({ version: 1, owner: 'behaviour', ...metric });

/** A count of sessions: a column of the aggregate, a condition on the rows behind it. */
const sessions = (column: string, condition = '1') => ({
  [TRAFFIC]: `sum(m.${column})`,
  [ACTIVITY]: condition === '1' ? 'countIf(m.is_start)' : `countIf(m.is_start and ${condition})`,
});

const SESSIONS = sessions('sessions');
const CARTS = sessions('cart_sessions', 'm.has_cart');
const CHECKOUTS = sessions('checkout_sessions', 'm.has_checkout');
const VISITORS = {
  [TRAFFIC]: 'uniqCombined64Merge(m.visitors)',
  [ACTIVITY]: 'uniqCombined64(m.visitor_id)',
};
const NEW_VISITORS = sessions('new_visitors', 'm.is_first');

/** Rows of views hold no orders. */
const BUYS = `uniqExactMergeIf(m.orders, m.currency != '')`;

type Expressions = Record<string, string>;

const share = (parts: Expressions, wholes: Expressions): Expressions =>
  Object.fromEntries(
    Object.keys(parts).map((model) => [model, ratio(parts[model]!, wholes[model]!)]),
  );

const summed = (column: string, ...models: string[]): Expressions =>
  Object.fromEntries(models.map((model) => [model, `sum(m.${column})`]));

const PER_SESSION = {
  page_views: {
    [TRAFFIC]: 'sum(m.session_page_views)',
    [ACTIVITY]: 'sumIf(m.session_page_views, m.is_start)',
  },
  seconds: {
    [TRAFFIC]: 'toDecimal128(sum(m.duration_ms), 3) / 1000',
    [ACTIVITY]: 'toDecimal128(sumIf(m.duration_ms, m.is_start), 3) / 1000',
  },
};

const metrics: readonly MetricDefinition[] = [
  define({
    id: 'sessions',
    label: 'Sessions',
    formula:
      'Sessions that began in the range. 30 minutes without an event end one, a new campaign ' +
      'starts one, midnight does not, 24 hours split one; robots left out.',
    unit: 'count',
    expression: SESSIONS,
  }),
  define({
    id: 'visitors',
    label: 'Visitors',
    formula:
      'Distinct visitors with an event in the range; identity stitching does not change them.',
    unit: 'count',
    isApproximate: true,
    expression: VISITORS,
  }),
  define({
    id: 'new_visitors',
    label: 'New visitors',
    formula: 'Visitors whose first session ever began in the range.',
    unit: 'count',
    expression: NEW_VISITORS,
  }),
  define({
    id: 'returning_visitors',
    label: 'Returning visitors',
    formula: 'Visitors − new visitors.',
    unit: 'count',
    isApproximate: true,
    expression: {
      [TRAFFIC]: `greatest(toInt64(${VISITORS[TRAFFIC]}) - toInt64(${NEW_VISITORS[TRAFFIC]}), 0)`,
      [ACTIVITY]: `greatest(toInt64(${VISITORS[ACTIVITY]}) - toInt64(${NEW_VISITORS[ACTIVITY]}), 0)`,
    },
  }),
  define({
    id: 'page_views',
    label: 'Page views',
    formula: 'Page and screen calls in the range.',
    unit: 'count',
    expression: summed('page_views', TRAFFIC, ACTIVITY),
  }),
  define({
    id: 'pages_per_session',
    label: 'Pages per session',
    formula: 'Page views of the sessions that began in the range / those sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: share(PER_SESSION.page_views, SESSIONS),
  }),
  define({
    id: 'average_session_duration',
    label: 'Average session duration',
    formula: 'Mean of the seconds from the first to the last event of a session.',
    unit: 'seconds',
    isRatio: true,
    expression: share(PER_SESSION.seconds, SESSIONS),
  }),
  define({
    id: 'bounce_rate',
    label: 'Bounce rate',
    formula:
      'Sessions with one page view and no interaction / sessions. A track call named … Viewed is ' +
      'no interaction.',
    unit: 'ratio',
    isRatio: true,
    expression: share(sessions('bounces', 'm.is_bounce'), SESSIONS),
  }),
  define({
    id: 'engaged_rate',
    label: 'Engaged rate',
    formula: 'Sessions with two page views, 10 seconds or an order / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: share(sessions('engaged_sessions', 'm.is_engaged'), SESSIONS),
  }),
  define({
    id: 'conversion_rate',
    label: 'Conversion rate',
    formula: 'Sessions with an order / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: share(sessions('order_sessions', 'm.has_order'), SESSIONS),
  }),
  define({
    id: 'visitor_conversion_rate',
    label: 'Conversion rate of visitors',
    formula: 'Visitors of sessions with an order / visitors.',
    unit: 'ratio',
    isRatio: true,
    isApproximate: true,
    expression: {
      [ACTIVITY]: ratio('uniqCombined64If(m.visitor_id, m.has_order)', VISITORS[ACTIVITY]),
    },
  }),
  define({
    id: 'add_to_cart_rate',
    label: 'Add-to-cart rate',
    formula: 'Sessions that added something to the cart / sessions.',
    unit: 'ratio',
    isRatio: true,
    expression: share(CARTS, SESSIONS),
  }),
  define({
    id: 'cart_abandonment_rate',
    label: 'Cart abandonment rate',
    formula: 'Sessions with a cart and no order / sessions with a cart; null without a cart.',
    unit: 'ratio',
    isRatio: true,
    expression: share(sessions('abandoned_carts', 'm.has_cart and not m.has_order'), CARTS),
  }),
  define({
    id: 'checkout_abandonment_rate',
    label: 'Checkout abandonment rate',
    formula: 'Sessions with a checkout and no order / sessions with a checkout; null without one.',
    unit: 'ratio',
    isRatio: true,
    expression: share(
      sessions('abandoned_checkouts', 'm.has_checkout and not m.has_order'),
      CHECKOUTS,
    ),
  }),
  define({
    id: 'product_views',
    label: 'Product views',
    formula: 'Times that a product was viewed.',
    unit: 'count',
    expression: summed('product_views', TRAFFIC, ACTIVITY, PRODUCTS),
  }),
  define({
    id: 'adds_to_cart',
    label: 'Additions to the cart',
    formula: 'Times that a product was added to a cart.',
    unit: 'count',
    expression: summed('adds_to_cart', TRAFFIC, ACTIVITY, PRODUCTS),
  }),
  define({
    id: 'product_buys',
    label: 'Buys of a product',
    formula: 'Placed orders that hold the product, in whatever currency.',
    unit: 'count',
    expression: { [PRODUCTS]: BUYS },
  }),
  define({
    id: 'view_to_cart_rate',
    label: 'View-to-cart rate',
    formula: 'Additions to the cart / product views.',
    unit: 'ratio',
    isRatio: true,
    expression: { [PRODUCTS]: ratio('sum(m.adds_to_cart)', 'sum(m.product_views)') },
  }),
  define({
    id: 'view_to_buy_rate',
    label: 'View-to-buy rate',
    formula: 'Buys of a product / product views.',
    unit: 'ratio',
    isRatio: true,
    expression: { [PRODUCTS]: ratio(BUYS, 'sum(m.product_views)') },
  }),
  define({
    id: 'searches',
    label: 'Searches',
    formula: 'Times that the shop was searched, at most 1,000 of a session.',
    unit: 'count',
    expression: { [SEARCHES]: 'count()' },
  }),
  define({
    id: 'results_per_search',
    label: 'Results per search',
    formula: 'Mean number of results of the searches that tell it.',
    unit: 'ratio',
    isRatio: true,
    expression: { [SEARCHES]: ratio('sum(m.results)', 'count(m.results)') },
  }),
  define({
    id: 'zero_result_rate',
    label: 'Zero-result rate',
    formula: 'Searches without a result / searches that tell their number of results.',
    unit: 'ratio',
    isRatio: true,
    expression: { [SEARCHES]: ratio('countIf(m.results = 0)', 'count(m.results)') },
  }),
  define({
    id: 'search_conversion_rate',
    label: 'Conversion after search',
    formula: 'Sessions with an order after the search / sessions with the search.',
    unit: 'ratio',
    isRatio: true,
    expression: {
      [SEARCHES]: ratio('uniqExactIf(m.session_id, m.is_before_order)', 'uniqExact(m.session_id)'),
    },
  }),
];

export const BEHAVIOUR_DEPARTMENT: Department = {
  id: 'behaviour',
  scope: 'behaviour:read',
  metrics,
  surfaces: SURFACES,
  completenessModel: TRAFFIC,
  standardMetrics: [
    'sessions',
    'visitors',
    'page_views',
    'bounce_rate',
    'engaged_rate',
    'pages_per_session',
    'average_session_duration',
    'conversion_rate',
    'cart_abandonment_rate',
  ],
};
