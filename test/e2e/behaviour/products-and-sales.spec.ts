/** Searches, products from view to refund, and the channel and campaign of sales, by hand. */
import { graphql, rowsOf, sum, summaryOf, type Values } from './client.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const without = (rows: Values[]) => rows.map(({ label: _, ...row }) => row);
const cents = (value: unknown) => Math.round(Number(value) * 100);

describe('searches', () => {
  const metrics = 'searches,results_per_search,zero_result_rate,search_conversion_rate';
  const row = (key: string, ...values: (number | null)[]) => ({
    key,
    ...Object.fromEntries(metrics.split(',').map((id, index) => [id, values[index]])),
  });

  it('by term: written alike, whoever wrote it', async () => {
    expect(without(await rowsOf(shop, { by: 'search_term', metrics }))).toEqual([
      row('lamp', 2, 4, 0, 1),
      // Once without a result, once without their number; once after the order.
      row('mug', 2, 0, 1, 0),
      row('unicorn', 1, 0, 1, 1),
    ]);
  });

  it('by what brought the session', async () => {
    expect(without(await rowsOf(shop, { by: 'channel', metrics }))).toEqual([
      row('organic_social', 3, 2.5, 0.5, 1),
      row('email', 1, 0, 1, 0),
      row('paid_search', 1, 3, 0, 1),
    ]);
    expect(await summaryOf(shop, { metrics, 'filter[search_term]': 'unicorn,mug' })).toEqual({
      ...{ searches: 3, results_per_search: 0, zero_result_rate: 1 },
      search_conversion_rate: 0.5,
    });
  });
});

describe('products', () => {
  const metrics = 'product_views,adds_to_cart,product_buys,view_to_cart_rate,view_to_buy_rate';

  it('from view to buy', async () => {
    const values = (...given: number[]) =>
      Object.fromEntries(metrics.split(',').map((id, index) => [id, given[index]]));
    expect(await rowsOf(shop, { by: 'product', metrics })).toEqual([
      { key: 'mug', label: 'Mug', ...values(4, 2, 3, 0.5, 0.75) },
      { key: 'lamp', label: 'Desk Lamp', ...values(3, 2, 3, 0.666667, 1) },
    ]);
    expect(without(await rowsOf(shop, { by: 'category', metrics }))).toEqual([
      { key: 'Kitchen', ...values(4, 2, 3, 0.5, 0.75) },
      { key: 'Lighting', ...values(3, 2, 3, 0.666667, 1) },
    ]);
    // Who looked at mugs on a mobile; what was bought there.
    const mobile = { by: 'product', metrics, 'filter[device]': 'mobile' };
    expect(without(await rowsOf(shop, mobile))).toEqual([
      { key: 'mug', ...values(3, 2, 1, 0.666667, 0.333333) },
      { key: 'lamp', ...values(1, 1, 1, 1, 1) },
    ]);
  });

  it('what they sold and what came back; refunds sum to those of the summary', async () => {
    const money = 'gross_sales,discounts,refunds,net_sales,orders,units';
    const rows = await rowsOf(shop, { by: 'product', metrics: money }, 'sales');
    expect(rows).toEqual([
      product('lamp', 'Desk Lamp', '80.00', '4.00', '20.00', '56.00', 3, 4),
      product('mug', 'Mug', '50.00', '1.00', '0.00', '49.00', 3, 5),
    ]);
    const whole = await summaryOf(shop, { metrics: 'gross_sales,discounts,refunds' }, 'sales');
    expect(whole).toEqual({ gross_sales: '130.00', discounts: '5.00', refunds: '20.00' });
    for (const [id, value] of Object.entries(whole)) {
      expect(sum(rows.map((row) => cents(row[id])))).toBe(cents(value));
    }
  });

  function product(key: string, label: string, ...values: (string | number)[]) {
    const [gross_sales, discounts, refunds, net_sales, orders, units] = values;
    return { key, label, gross_sales, discounts, refunds, net_sales, orders, units };
  }
});

describe('sales', () => {
  it.each<[string, Record<string, string>]>([
    ['channel', { paid_search: '100.00', organic_social: '20.00', unknown: '10.00' }],
    ['utm_source', { google: '100.00', none: '20.00', unknown: '10.00' }],
    ['medium', { cpc: '100.00', none: '20.00', unknown: '10.00' }],
    ['campaign', { spring: '100.00', none: '20.00', unknown: '10.00' }],
  ])('by %s are those of the order’s session, also what comes back', async (by, gross) => {
    const metrics = 'gross_sales,discounts,refunds,net_sales,orders,units';
    const rows = await rowsOf(shop, { by, metrics }, 'sales');
    expect(rows.map((row) => [row['key'], row['gross_sales']])).toEqual(Object.entries(gross));
    const first = Object.keys(gross)[0];
    expect(rows.map((row) => [row['key'], row['refunds']])).toContainEqual([first, '20.00']);
    const whole = await summaryOf(shop, { metrics }, 'sales');
    for (const [id, value] of Object.entries(whole)) {
      expect([id, sum(rows.map((row) => cents(row[id])))]).toEqual([id, cents(value)]);
    }
    const all = { metrics, [`filter[${by}]`]: Object.keys(gross).join(',') };
    expect(await summaryOf(shop, all, 'sales')).toEqual(whole);
    const args = `by: ${by.toUpperCase()}, metrics: [GROSS_SALES]`;
    type Answer = { rows: { key: string; values: { value: string }[] }[] };
    const selection = '{ rows { key values { value } } }';
    const other = await graphql<Answer>(shop, 'salesBreakdown', args, selection);
    expect(other.rows.map(({ key, values }) => [key, values[0]!.value])).toEqual(
      Object.entries(gross),
    );
  });

  it('by product can be split by campaign: what a campaign sold', async () => {
    const given = { by: 'product', metrics: 'gross_sales', 'filter[campaign]': 'spring' };
    const rows = await rowsOf(shop, given, 'sales');
    expect(rows.map((row) => [row['key'], row['gross_sales']])).toEqual([
      ['lamp', '60.00'],
      ['mug', '40.00'],
    ]);
  });
});
