import { Decimal } from 'decimal.js';
import type { MetricValue } from '../../../src/contracts/metric-contract.js';
import { GRANULARITIES } from '../../../src/modules/metrics/range.js';
import { SALES_DEPARTMENT } from '../../../src/modules/sales/sales.metrics.js';
import {
  ask,
  askGraphql,
  byMetric,
  enumList,
  type BreakdownReply,
  type SeriesReply,
  type SummaryReply,
} from './client.js';
import { EXPECTED, openShop, RANGE, type Shop } from './shop.js';

const METRICS = SALES_DEPARTMENT.metrics.map(({ id }) => id);
/** Those whose parts sum to the whole. */
const ADDITIVE = METRICS.filter((id) => id !== 'customers' && id !== 'average_order_value');
const ARGS = `from: "${RANGE.from}", to: "${RANGE.to}"`;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const rest = <T>(view: string, parameters = {}) =>
  ask<T>(shop, shop.readKey, view, { ...RANGE, ...parameters });
const graphql = (field: Parameters<typeof askGraphql>[2], args: string) =>
  askGraphql(shop, shop.readKey, field, `${ARGS}, ${args}`);

function sumOf(parts: Record<string, MetricValue>[], metric: string): string {
  return parts.reduce((sum, part) => sum.plus(part[metric] ?? 0), new Decimal(0)).toFixed(2);
}

const wholeOf = (metrics: readonly string[]) =>
  Object.fromEntries(metrics.map((id) => [id, new Decimal(EXPECTED[id]!).toFixed(2)]));
const sumsOf = (parts: Record<string, MetricValue>[], metrics: readonly string[]) =>
  Object.fromEntries(metrics.map((id) => [id, sumOf(parts, id)]));

describe('the summary', () => {
  it('is reckoned by hand for every metric that there is', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual([...METRICS].sort());
  });

  it.each(METRICS)(
    '%s is the same by hand, by REST and by GraphQL, alone and with others',
    async (id) => {
      const alone = await rest<SummaryReply>('summary', { metrics: id });
      const all = await rest<SummaryReply>('summary', { metrics: METRICS.join(',') });
      const other = await graphql('salesSummary', `metrics: [${id.toUpperCase()}]`);
      expect(alone.data[id]!.value).toBe(EXPECTED[id]);
      expect(all.data[id]).toEqual(alone.data[id]);
      expect(byMetric(other.data!)).toEqual({ [id]: EXPECTED[id] });
      expect(other.data![0]).toMatchObject({
        unit: alone.data[id]!.unit.toUpperCase(),
        previous: alone.data[id]!.previous,
        change: alone.data[id]!.change,
      });
    },
  );

  it('has the standard set when none is named', async () => {
    const { data } = await rest<SummaryReply>('summary');
    expect(Object.keys(data)).toEqual(SALES_DEPARTMENT.standardMetrics);
  });
});

describe.each(GRANULARITIES)('the series by %s', (granularity) => {
  it.each(['UTC', 'Asia/Kathmandu', 'America/Sao_Paulo', 'europe/vienna'])(
    'sums to the summary in %s, and is the same by GraphQL',
    async (timezone) => {
      const metrics = ADDITIVE.join(',');
      const given = { from: '2026-01-09', to: '2026-01-17', timezone };
      const { data } = await rest<SeriesReply>('series', { ...given, metrics, granularity });
      expect(sumsOf(data.points, ADDITIVE)).toEqual(wholeOf(ADDITIVE));
      const days = { hour: 192, day: 8, week: 2, month: 1 };
      expect(data.points).toHaveLength(days[granularity]);
      const args =
        `from: "${given.from}", to: "${given.to}", timezone: "${timezone}", ` +
        `granularity: ${granularity.toUpperCase()}, metrics: ${enumList(ADDITIVE)}`;
      const other = await askGraphql(shop, shop.readKey, 'salesSeries', args);
      const points = other.points!.map(({ at, values }) => ({ at, ...byMetric(values) }));
      expect(points).toEqual(data.points);
    },
  );
});

it('a series gives 0 where nothing was sold and null where a ratio has no denominator', async () => {
  const metrics = 'gross_sales,orders,customers,units,average_order_value';
  const { data } = await rest<SeriesReply>('series', { metrics });
  expect(data.points).toEqual([
    point('10', '45.00', 1, 1, 3, '40.00'),
    point('11', '118.00', 2, 1, 3, '55.00'),
    point('12', '112.34', 2, 2, 5, '56.17'),
    point('13', '0.00', 0, 0, 0, null),
    point('14', '0.00', 0, 0, 0, null),
    point('15', '0.00', 0, 0, 0, null),
  ]);
});

function point(day: string, ...values: MetricValue[]) {
  const [gross_sales, orders, customers, units, average_order_value] = values;
  const at = `2026-01-${day}T00:00:00Z`;
  return { at, gross_sales, orders, customers, units, average_order_value };
}

describe('breakdowns', () => {
  const PRODUCT_METRICS = ['gross_sales', 'discounts', 'units'];

  it.each([
    ['country', ADDITIVE, { US: '188.00', DE: '57.34', AT: '30.00' }],
    ['device', ADDITIVE, { desktop: '145.00', mobile: '130.34' }],
    ['source', ADDITIVE, { web: '275.34' }],
    ['customer_known', ADDITIVE, { true: '187.34', false: '88.00' }],
    ['product', PRODUCT_METRICS, { p2: '125.00', unknown: '88.00', p1: '50.00', p3: '12.34' }],
    [
      'category',
      PRODUCT_METRICS,
      { Apparel: '125.00', unknown: '88.00', Kitchen: '50.00', Home: '12.34' },
    ],
    ['brand', PRODUCT_METRICS, { Acme: '175.00', unknown: '100.34' }],
  ])('by %s sum to the whole, largest first, the same by GraphQL', async (by, metrics, gross) => {
    const { data } = await rest<BreakdownReply>('breakdown', { by, metrics: metrics.join(',') });
    expect(data.rows.map((row) => [row.key, row['gross_sales']])).toEqual(Object.entries(gross));
    expect(sumsOf(data.rows, metrics)).toEqual(wholeOf(metrics));
    const args = `by: ${by.toUpperCase()}, metrics: ${enumList(metrics)}`;
    const other = await graphql('salesBreakdown', args);
    const rows = other.rows!.map(({ values, ...row }) => ({ ...row, ...byMetric(values) }));
    expect({ rows, cursor: other.cursor }).toEqual(data);
  });

  it('name the products', async () => {
    const { data } = await rest<BreakdownReply>('breakdown', { by: 'product', metrics: 'orders' });
    expect(data.rows.map(({ key, label }) => [key, label])).toEqual([
      ['p1', 'Mug'],
      ['p2', 'Shirt'],
      ['p3', 'Lamp'],
      ['unknown', 'unknown'],
    ]);
  });
});

describe('the lists', () => {
  it('top-products has the largest first', async () => {
    const { data } = await rest<BreakdownReply>('top-products', { limit: 2 });
    expect(data.rows).toEqual([
      { key: 'p2', label: 'Shirt', gross_sales: '125.00', units: 5, orders: 2 },
      { key: 'unknown', label: 'unknown', gross_sales: '88.00', units: 0, orders: 1 },
    ]);
    const { rows } = await graphql('salesTopProducts', 'limit: 2');
    expect(rows!.map(({ values }) => byMetric(values)['gross_sales'])).toEqual(['125.00', '88.00']);
  });

  it('top-customers takes refunds and cancellations off, and leaves guests out', async () => {
    const ann = { net_sales: '34.34', gross_sales: '57.34', refunds: '18.00', orders: 2 };
    const ben = { net_sales: '30.00', gross_sales: '130.00', refunds: '100.00', orders: 2 };
    const { data } = await rest<BreakdownReply>('top-customers');
    expect(data.rows).toEqual([
      { key: 'ann', label: 'ann', ...ann },
      { key: 'ben', label: 'ben', ...ben },
    ]);
    const { rows } = await graphql('salesTopCustomers', 'limit: 1');
    expect(rows!.map(({ key, values }) => [key, byMetric(values)])).toEqual([['ann', ann]]);
  });
});
