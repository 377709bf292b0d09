/** Every metric of behaviour against the hand's reckoning, over time and in other timezones. */
import { BEHAVIOUR_DEPARTMENT } from '../../../src/modules/behaviour/behaviour.metrics.js';
import {
  graphqlSummary,
  pointsOf,
  rest,
  summaryOf,
  sum,
  type Reply,
  type Values,
} from './client.js';
import { EXPECTED, openShop, type Shop } from './shop.js';

const METRICS = BEHAVIOUR_DEPARTMENT.metrics.map(({ id }) => id);

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

it('is reckoned by hand for every metric that there is', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual([...METRICS].sort());
});

it.each(METRICS)('%s is the same by hand, by REST and by GraphQL', async (id) => {
  expect(await summaryOf(shop, { metrics: id })).toEqual({ [id]: EXPECTED[id] });
  expect(await graphqlSummary(shop, [id])).toEqual({ [id]: EXPECTED[id] });
});

it('has the standard set when none is named', async () => {
  const { standardMetrics } = BEHAVIOUR_DEPARTMENT;
  const all = await summaryOf(shop, {});
  expect(all).toEqual(Object.fromEntries(standardMetrics.map((id) => [id, EXPECTED[id]])));
});

it('ratios without a denominator are null, counts 0', async () => {
  const metrics = 'sessions,visitors,page_views,bounce_rate,conversion_rate,cart_abandonment_rate';
  const day = { from: '2026-01-15', to: '2026-01-16' };
  expect(await summaryOf(shop, { ...day, metrics })).toEqual({
    ...{ sessions: 0, visitors: 0, page_views: 0 },
    ...{ bounce_rate: null, conversion_rate: null, cart_abandonment_rate: null },
  });
  expect(await summaryOf(shop, { ...day, metrics: 'zero_result_rate,searches' })).toEqual({
    ...{ searches: 0, zero_result_rate: null },
  });
  // A day with sessions, and none of them with a cart.
  const without = { from: '2026-01-12', to: '2026-01-13', metrics: 'cart_abandonment_rate' };
  expect(await summaryOf(shop, without)).toEqual({ cart_abandonment_rate: null });
});

it('a session over midnight counts where it began, its views where they were', async () => {
  const metrics = 'sessions,visitors,new_visitors,page_views,product_views,adds_to_cart';
  expect(await pointsOf(shop, { metrics })).toEqual([
    point('10T00:00:00Z', 2, 3, 2, 6, 2, 1),
    point('11T00:00:00Z', 2, 2, 1, 5, 2, 2),
    point('12T00:00:00Z', 2, 2, 0, 3, 1, 0),
    point('13T00:00:00Z', 1, 1, 1, 2, 2, 1),
    point('14T00:00:00Z', 1, 1, 0, 0, 0, 0),
    point('15T00:00:00Z', 0, 0, 0, 0, 0, 0),
  ]);
});

it('days are those of the timezone', async () => {
  const given = { metrics: 'sessions,visitors,new_visitors,page_views', timezone: 'Asia/Kolkata' };
  expect(await pointsOf(shop, given)).toEqual([
    point('10T00:00:00+05:30', 2, 2, 2, 6),
    point('11T00:00:00+05:30', 2, 1, 1, 5),
    point('12T00:00:00+05:30', 2, 2, 1, 2),
    point('13T00:00:00+05:30', 2, 2, 1, 4),
    point('14T00:00:00+05:30', 1, 1, 0, 0),
    point('15T00:00:00+05:30', 0, 0, 0, 0),
  ]);
  expect(await summaryOf(shop, given)).toEqual({
    ...{ sessions: 9, visitors: 5, new_visitors: 5, page_views: 17 },
  });
});

function point(at: string, ...values: number[]): Values {
  const names = ['sessions', 'visitors', 'new_visitors', 'page_views', 'product_views'];
  const named = [...names, 'adds_to_cart'].slice(0, values.length);
  return {
    at: `2026-01-${at}`,
    ...Object.fromEntries(named.map((name, index) => [name, values[index]!])),
  };
}

describe.each(['hour', 'day', 'week', 'month'])('the series by %s', (granularity) => {
  const counts = ['sessions', 'new_visitors', 'page_views', 'product_views', 'adds_to_cart'];
  const timezones = ['UTC', 'Asia/Kolkata', 'America/Sao_Paulo'];
  it.each(timezones)('sums to the summary in %s', async (timezone) => {
    const given = { metrics: counts.join(','), timezone };
    const points = await pointsOf(shop, { ...given, granularity });
    const sums = counts.map((id) => [id, sum(points.map((one) => one[id]))]);
    expect(Object.fromEntries(sums)).toEqual(await summaryOf(shop, given));
  });
});

describe('meta', () => {
  it('says of each metric how it is defined and which are estimates', async () => {
    for (const { id, formula, version, isApproximate } of BEHAVIOUR_DEPARTMENT.metrics) {
      const { meta } = await rest<Reply<unknown>>(shop, 'behaviour/summary', { metrics: id });
      expect(meta).toMatchObject({
        formula: { [id]: formula },
        definitionVersion: { [id]: version },
        approximate: isApproximate ? [id] : [],
        completeness: 'complete',
        held: [],
        range: { from: '2026-01-10T00:00:00Z', to: '2026-01-16T00:00:00Z' },
      });
      expect(Date.parse(meta.asOf!)).toBeLessThanOrEqual(Date.now());
    }
    const approximate = BEHAVIOUR_DEPARTMENT.metrics.filter((metric) => metric.isApproximate);
    expect(approximate.map(({ id }) => id)).toEqual([
      'visitors',
      'returning_visitors',
      'visitor_conversion_rate',
    ]);
  });
});
