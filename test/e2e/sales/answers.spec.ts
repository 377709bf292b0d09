/** What answers say of themselves, and what moves them: timezone, comparison, filters, paging. */
import { SALES_DEPARTMENT } from '../../../src/modules/sales/sales.metrics.js';
import {
  ask,
  askGraphql,
  type BreakdownReply,
  type Parameters,
  type Reply,
  type SeriesReply,
  type SummaryReply,
} from './client.js';
import { openShop, RANGE, type Shop } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const rest = <T = SummaryReply>(view: string, parameters: Parameters = {}) =>
  ask<T>(shop, shop.readKey, view, { ...RANGE, ...parameters });

async function grossOf(parameters: Parameters) {
  const { data } = await rest('summary', { metrics: 'gross_sales', ...parameters });
  return data['gross_sales']!;
}

describe('the timezone', () => {
  it('moves an order to the next day in Vienna', async () => {
    const day = { from: '2026-01-10', to: '2026-01-11' };
    expect((await grossOf(day)).value).toBe('45.00');
    expect((await grossOf({ ...day, timezone: 'Europe/Vienna' })).value).toBe('0.00');
    const { data } = await rest<SeriesReply>('series', {
      metrics: 'gross_sales',
      timezone: 'Europe/Vienna',
      to: '2026-01-12',
    });
    expect(data.points).toEqual([
      { at: '2026-01-10T00:00:00+01:00', gross_sales: '0.00' },
      { at: '2026-01-11T00:00:00+01:00', gross_sales: '163.00' },
    ]);
  });
});

describe('the comparison', () => {
  const day = { from: '2026-01-11', to: '2026-01-12' };
  it.each([
    ['previous', { previous: '45.00', change: 1.622222 }],
    ['year', { previous: '10.00', change: 10.8 }],
    ['none', { previous: null, change: null }],
  ])('with %s', async (compare, expected) => {
    expect(await grossOf({ ...day, compare })).toEqual({
      value: '118.00',
      unit: 'money',
      ...expected,
    });
  });

  it('is with the range before unless asked otherwise, and null from nothing', async () => {
    expect(await grossOf(day)).toMatchObject({ previous: '45.00' });
    expect(await grossOf({ from: '2026-01-10', to: '2026-01-11' })).toMatchObject({
      previous: '0.00',
      change: null,
    });
  });
});

describe('filters', () => {
  it.each<[Parameters, string]>([
    [{ 'filter[country]': 'DE' }, '57.34'],
    [{ 'filter[country]': 'DE,AT' }, '87.34'],
    [{ 'filter[country]': 'DE', 'filter[device]': 'mobile' }, '12.34'],
    [{ 'filter[customer_known]': 'false' }, '88.00'],
    [{ 'filter[brand]': 'Acme', 'filter[country]': 'US' }, '100.00'],
    [{ 'filter[country]': "DE' or 1=1 --" }, '0.00'],
    [{ 'filter[country]': 'D\u0000E' }, '0.00'],
    [{ 'filter[country]': '{from:String}' }, '0.00'],
  ])('%j leave %s', async (filter, expected) => {
    expect((await grossOf(filter)).value).toBe(expected);
  });
});

it('units are null, not 0, where no order of the range has lines', async () => {
  const given = { from: '2026-01-11T15:00:00Z', to: '2026-01-11T16:00:00Z' };
  const { data } = await rest('summary', { ...given, metrics: 'orders,units', compare: 'none' });
  expect([data['orders']!.value, data['units']!.value]).toEqual([1, null]);
});

it('pages of a breakdown give every row once', async () => {
  const given = { by: 'product', metrics: 'gross_sales' };
  const whole = await rest<BreakdownReply>('breakdown', given);
  for (const limit of [1, 2, 3, 4]) {
    const rows = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 10; page += 1) {
      const { data }: BreakdownReply = await rest<BreakdownReply>('breakdown', {
        ...given,
        limit,
        ...(cursor ? { cursor } : {}),
      });
      expect(data.rows.length).toBeLessThanOrEqual(limit);
      rows.push(...data.rows);
      cursor = data.cursor;
    }
    expect(cursor).toBeNull();
    expect(rows).toEqual(whole.data.rows);
  }
  expect(whole.data.rows).toHaveLength(4);
});

describe('other currencies', () => {
  it('are never summed, and round to their own minor unit', async () => {
    expect((await grossOf({ currency: 'EUR' })).value).toBe('200.00');
    expect((await grossOf({ currency: 'JPY' })).value).toBe('1501');
  });
});

describe('meta', () => {
  it.each<[string, Parameters]>([
    ['summary', { metrics: 'gross_sales,customers' }],
    ['series', { metrics: 'gross_sales,customers' }],
    ['breakdown', { metrics: 'gross_sales,customers', by: 'country' }],
    ['top-products', {}],
    ['top-customers', {}],
  ])('is complete in the answer of %s', async (view, parameters) => {
    const given = { ...parameters, timezone: 'Europe/Vienna' };
    const { meta } = await rest<Reply<unknown>>(view, given);
    expect(Object.keys(meta).sort()).toEqual(
      [
        ...['approximate', 'asOf', 'completeness', 'currency', 'definitionVersion', 'formula'],
        ...['held', 'range', 'servedFrom', 'timezone'],
      ].sort(),
    );
    expect(meta).toMatchObject({
      range: { from: '2026-01-09T23:00:00Z', to: '2026-01-15T23:00:00Z' },
      timezone: 'Europe/Vienna',
      currency: 'USD',
      approximate: [],
      held: [],
      completeness: 'partial',
    });
    expect(Date.now() - Date.parse(meta.asOf!)).toBeLessThan(120_000);
    expect(Date.parse(meta.asOf!)).toBeLessThanOrEqual(Date.now());
    const known = SALES_DEPARTMENT.metrics.filter(({ id }) => id in meta.formula);
    expect(known.length).toBeGreaterThanOrEqual(2);
    expect(meta.formula).toEqual(Object.fromEntries(known.map((m) => [m.id, m.formula])));
    expect(meta.definitionVersion).toEqual(Object.fromEntries(known.map((m) => [m.id, m.version])));
  });

  it('is the same by GraphQL', async () => {
    const { meta } = await rest('summary', { metrics: 'orders' });
    const args = `from: "${RANGE.from}", to: "${RANGE.to}", metrics: [ORDERS]`;
    const { definitions, ...other } = (await askGraphql(shop, shop.readKey, 'salesSummary', args))
      .meta;
    const { definitionVersion, formula, ...others } = meta;
    expect(other).toEqual({ ...others, completeness: 'PARTIAL', servedFrom: 'CACHE' });
    expect(definitions).toEqual([
      { metric: 'orders', version: definitionVersion['orders'], formula: formula['orders'] },
    ]);
  });

  it.each([
    ['complete', 'customers', '2026-01-10T23:30:00Z', '2026-01-10T23:45:00Z'],
    ['complete', 'orders', '2026-01-11T15:00:00Z', '2026-01-11T16:00:00Z'],
    ['provisional', 'customers', '2026-01-11T15:00:00Z', '2026-01-11T16:00:00Z'],
    ['partial', 'customers', '2026-01-11T12:00:00Z', '2026-01-11T16:00:00Z'],
    ['partial', 'orders', '2026-01-11T12:00:00Z', '2026-01-11T12:15:00Z'],
  ])('says %s of %s from %s to %s', async (completeness, metrics, from, to) => {
    const { meta } = await rest('summary', { metrics, from, to, compare: 'none' });
    expect(meta.completeness).toBe(completeness);
  });
});

describe('the cache', () => {
  it('keeps a closed month while later ones change, until the month itself changes', async () => {
    const january = { from: '2026-01-01', to: '2026-02-01', metrics: 'orders', compare: 'none' };
    const february = { ...january, from: '2026-02-01', to: '2026-03-01' };
    const read = async (range: Parameters) => {
      const { data, meta } = await rest('summary', range);
      return [meta.servedFrom, data['orders']!.value, meta.asOf] as const;
    };
    const first = await read(january);
    expect(first.slice(0, 2)).toEqual(['gold', 5]);
    expect(await read(january)).toEqual(['cache', 5, first[2]]);
    expect((await read(february)).slice(0, 2)).toEqual(['gold', 0]);

    // The first quarter of an hour after January.
    await shop.take({ order: 'F', at: '2026-02-01T00:00:00Z', properties: { revenue: 7 } });
    const closed = await read(january);
    expect(closed.slice(0, 2)).toEqual(['cache', 5]);
    expect(Date.parse(closed[2]!)).toBeGreaterThan(Date.parse(first[2]!));
    expect((await read(february)).slice(0, 2)).toEqual(['gold', 1]);

    await shop.take({ order: 'late', at: '2026-01-31T23:59:59Z', properties: { revenue: 7 } });
    expect((await read(january)).slice(0, 2)).toEqual(['gold', 6]);
    expect((await read(january)).slice(0, 2)).toEqual(['cache', 6]);
  });
});
