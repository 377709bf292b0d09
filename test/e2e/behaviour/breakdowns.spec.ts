/** Behaviour by every dimension, by hand; parts sum to the whole; all surfaces agree. */
import { BEHAVIOUR_DEPARTMENT } from '../../../src/modules/behaviour/behaviour.metrics.js';
import { dimensionIds } from '../../../src/modules/metrics/definition.js';
import type { MetricValue } from '../../../src/contracts/metric-contract.js';
import { byMetric } from '../sales/client.js';
import { byKey, csv, graphql, rowsOf, sum, summaryOf } from './client.js';
import { EXPECTED, openShop, type Shop } from './shop.js';

const { metrics: METRICS, surfaces: SURFACES } = BEHAVIOUR_DEPARTMENT;
/** Those whose parts sum to the whole; an order of two products is two buys. */
const ADDITIVE = METRICS.filter(
  ({ unit, id, isApproximate }) => unit === 'count' && !isApproximate && id !== 'product_buys',
);

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

/** The metrics that can be split by a dimension, grouped as one request may ask for them. */
const setsBy = (dimension: string) =>
  SURFACES.filter(({ dimensions }) => dimensions.some(({ id }) => id === dimension))
    .map(({ model }) => METRICS.filter(({ expression }) => expression[model] !== undefined))
    .map((metrics) => metrics.map(({ id }) => id));

describe('sessions', () => {
  it.each<[string, Record<string, number>]>([
    ['source', { web: 8 }],
    ['channel', { direct: 3, paid_search: 2, email: 1, organic_search: 1, organic_social: 1 }],
    ['utm_source', { none: 5, google: 2, newsletter: 1 }],
    ['medium', { none: 5, cpc: 2, email: 1 }],
    ['campaign', { none: 5, spring: 2, weekly: 1 }],
    ['term', { none: 7, lamps: 1 }],
    ['content', { none: 7, top: 1 }],
    ['landing_page', { '/': 4, '/p/mug': 2, '/c/lamps': 1, none: 1 }],
    [
      'exit_page',
      { '/cart': 2, '/p/lamp': 2, '/': 1, '/c/lamps': 1, '/p/mug': 1, none: 1, '/c/mugs': 0 },
    ],
    ['referrer', { none: 5, 'google.com': 2, 'facebook.com': 1 }],
    ['click_id', { none: 7, gclid: 1 }],
    ['country', { DE: 4, AT: 2, US: 2, FR: 0 }],
    ['device', { desktop: 4, mobile: 3, server: 1 }],
    ['browser', { Firefox: 4, Safari: 3, unknown: 1 }],
    ['os', { Linux: 4, iOS: 3, unknown: 1 }],
    ['visitor_type', { new: 4, returning: 4 }],
  ])('by %s', async (dimension, expected) => {
    const found = await byKey(shop, 'sessions', dimension);
    expect(Object.entries(found)).toEqual(Object.entries(expected));
  });
});

describe('by channel', () => {
  it.each<[string, Record<string, MetricValue>]>([
    ['visitors', { direct: 3, paid_search: 2, email: 1, organic_search: 1, organic_social: 1 }],
    ['new_visitors', { paid_search: 2, email: 1, organic_search: 1, direct: 0, organic_social: 0 }],
    ['page_views', { paid_search: 6, direct: 4, email: 3, organic_social: 2, organic_search: 1 }],
    [
      'bounce_rate',
      { organic_search: 1, direct: 0.333333, email: 0, organic_social: 0, paid_search: 0 },
    ],
    [
      'conversion_rate',
      { organic_social: 1, paid_search: 1, direct: 0, email: 0, organic_search: 0 },
    ],
    [
      'cart_abandonment_rate',
      { direct: 1, email: 1, paid_search: 0, organic_search: null, organic_social: null },
    ],
    [
      'average_session_duration',
      { email: 1500, organic_social: 540, paid_search: 450, direct: 61, organic_search: 0 },
    ],
    [
      'product_views',
      { paid_search: 3, direct: 2, email: 1, organic_social: 1, organic_search: 0 },
    ],
  ])('%s, largest first, ratios without a denominator last', async (metric, expected) => {
    const found = await byKey(shop, metric, 'channel');
    expect(Object.entries(found)).toEqual(Object.entries(expected));
  });
});

describe.each(dimensionIds(BEHAVIOUR_DEPARTMENT))('by %s', (dimension) => {
  const sets = setsBy(dimension);

  it('counts of the parts sum to the summary', async () => {
    for (const set of sets) {
      const additive = set.filter((id) => ADDITIVE.some((metric) => metric.id === id));
      const rows = await rowsOf(shop, { by: dimension, metrics: additive.join(',') });
      const sums = additive.map((id) => [id, sum(rows.map((row) => row[id]))]);
      const whole = Object.fromEntries(additive.map((id) => [id, EXPECTED[id]]));
      expect(Object.fromEntries(sums)).toEqual(whole);
    }
  });

  it('a filter of all parts is no filter, and of one part is its row', async () => {
    for (const set of sets) {
      const rows = await rowsOf(shop, { by: dimension, metrics: set.join(',') });
      const keys = rows.map(({ key }) => key);
      expect(keys.length).toBeGreaterThan(0);
      const filter = (some: unknown[]) => ({ [`filter[${dimension}]`]: some.join(',') });
      const all = await summaryOf(shop, { ...filter(keys), metrics: set.join(',') });
      expect(all).toEqual(Object.fromEntries(set.map((id) => [id, EXPECTED[id]])));
      expect(keys).not.toContain('');
      const { key, label: _, ...values } = rows[0]!;
      expect(await summaryOf(shop, { ...filter([key]), metrics: set.join(',') })).toEqual(values);
    }
  });

  it('REST, GraphQL and CSV agree', async () => {
    for (const set of sets) {
      const rows = await rowsOf(shop, { by: dimension, metrics: set.join(',') });
      const args = `by: ${dimension.toUpperCase()}, metrics: [${set.join(', ').toUpperCase()}]`;
      const selection = '{ rows { key label values { metric value } } }';
      type Answer = { rows: { values: { metric: string; value: MetricValue }[] }[] };
      const other = await graphql<Answer>(shop, 'behaviourBreakdown', args, selection);
      const same = other.rows.map(({ values, ...row }) => ({ ...row, ...byMetric(values) }));
      expect(same).toEqual(rows);
      const given = { by: dimension, metrics: set.join(','), limit: 1000 };
      expect(await csv(shop, 'behaviour/breakdown', given)).toEqual(
        rows.map((row) =>
          Object.fromEntries(Object.entries(row).map(([id, value]) => [id, String(value ?? '')])),
        ),
      );
    }
  });
});

describe('the aggregate and the sessions behind it', () => {
  const both = METRICS.filter(
    ({ expression }) => SURFACES.filter(({ model }) => expression[model] !== undefined).length > 1,
  ).map(({ id }) => id);

  it.each([
    { from: '2026-01-10T00:00:00Z', to: '2026-01-10T23:45:00Z' },
    { from: '2026-01-10T23:45:00Z', to: '2026-01-11T00:00:00Z' },
    { from: '2026-01-11', to: '2026-01-13' },
    { from: '2026-01-09', to: '2026-01-17' },
  ])('agree from $from to $to', async (range) => {
    const set = both.filter((id) => !id.startsWith('product') && id !== 'adds_to_cart');
    const metrics = set.join(',');
    const devices = { 'filter[device]': 'desktop,mobile,server' };
    const aggregated = await summaryOf(shop, { ...range, metrics });
    expect(await summaryOf(shop, { ...range, metrics, ...devices })).toEqual(aggregated);
    expect(Object.keys(aggregated)).toEqual(set);
  });
});
