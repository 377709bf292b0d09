/** Funnels over the shop in shop.ts, reckoned by hand. */
import { graphql, rest, type FunnelReply, type Parameters } from './client.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const BUY = 'Product Viewed,Product Added,Order Completed';

async function rowsFor(parameters: Parameters) {
  return (await rest<FunnelReply>(shop, 'behaviour/funnel', parameters)).data.rows;
}

/** How many came to each step. */
async function reached(steps: string, parameters: Parameters = {}) {
  const rows = await rowsFor({ steps, ...parameters });
  expect(rows).toHaveLength(1);
  return rows[0]!.steps.map(({ visitors }) => visitors);
}

it('tells who came how far, and how long it took', async () => {
  const { data, meta } = await rest<FunnelReply>(shop, 'behaviour/funnel', { steps: BUY });
  expect(data.rows).toEqual([
    {
      key: 'all',
      label: 'All visitors',
      steps: [
        step(1, 'Product Viewed', [5, 1, null, 0, null, null]),
        // Of several ways the one that began last: v2 54 s, v4 54 s, v1 114 s.
        step(2, 'Product Added', [3, 0.6, 0.6, 2, 54, 114]),
        // v4 180 s, v1 300 s.
        step(3, 'Order Completed', [2, 0.4, 0.666667, 1, 300, 300]),
      ],
    },
  ]);
  expect(meta).toMatchObject({ completeness: 'complete', approximate: [], held: [] });
  expect(Object.keys(meta.formula)).toEqual([
    ...['funnel_visitors', 'funnel_conversion_rate', 'funnel_drop_off', 'funnel_step_time'],
  ]);
  expect(Object.values(meta.formula).every((words) => words.length > 20)).toBe(true);
  expect(Date.parse(meta.asOf!)).toBeLessThanOrEqual(Date.now());
});

function step(number: number, event: string, values: (number | null)[]) {
  const [visitors, conversion_rate, step_conversion_rate, drop_off, ...times] = values;
  const [median_seconds, p90_seconds] = times;
  const rates = { conversion_rate, step_conversion_rate, drop_off };
  return { step: number, event, visitors, ...rates, median_seconds, p90_seconds };
}

it.each<[string, Parameters, number[]]>([
  // Of v2 the second visit is quick enough; of v1 the way to the order is not.
  [BUY, { window: '4m' }, [5, 3, 1]],
  [BUY, { window: '90d' }, [5, 3, 2]],
  // The time counts from the first step: v4 needs 234 s.
  [BUY, { window: '3m' }, [5, 3, 0]],
  [BUY, { order: 'strict' }, [5, 3, 2]],
  [BUY, { 'where[1][category]': 'Kitchen' }, [3, 2, 1]],
  [BUY, { 'where[2][category]': 'Lighting' }, [5, 2, 2]],
  [BUY, { 'where[2][category]': 'Lighting,Kitchen' }, [5, 3, 2]],
  [BUY, { 'where[1][category]': 'Kitchen', 'where[2][category]': 'Lighting' }, [3, 1, 1]],
  [BUY, { 'where[1][category]': 'Kitchen', 'where[1][brand]': 'Fjell' }, [0, 0, 0]],
  [BUY, { 'where[3][order_id]': 'A' }, [5, 3, 1]],
  // A number is compared as it is written.
  [BUY, { 'where[2][quantity]': '2' }, [5, 1, 1]],
  [BUY, { 'filter[channel]': 'paid_search' }, [2, 2, 2]],
  [BUY, { 'filter[device]': 'mobile', 'filter[country]': 'AT' }, [1, 1, 0]],
  // An entry in the range may be followed by steps after it.
  [BUY, { to: '2026-01-13T08:15:00Z' }, [5, 3, 2]],
  [BUY, { from: '2026-01-12', to: '2026-01-13' }, [1, 0, 0]],
  // Pages by their path: v5 was on / before the range.
  ['page,page', { 'where[1][path]': '/', 'where[2][path]': '/p/lamp' }, [3, 2]],
  ['page,Order Completed', { 'where[1][path]': '/' }, [3, 2]],
  ['page,page,page', {}, [5, 4, 3]],
  // A search leads to an order, and v3 searches again.
  ['Products Searched,Order Completed,Products Searched', {}, [3, 2, 1]],
  ['Products Searched,Order Completed,Products Searched', { order: 'strict' }, [3, 2, 1]],
  // To look at the home page, then at a product, then to search: strictly, nobody.
  ['page,Product Viewed,Products Searched', { 'where[1][path]': '/' }, [3, 3, 1]],
  ['page,Product Viewed,Products Searched', { 'where[1][path]': '/', order: 'strict' }, [3, 0, 0]],
  ['Wishlist Created,Order Completed', {}, [0, 0]],
  ['Product Viewed,Wishlist Created', {}, [5, 0]],
])('%s with %j: %j', async (steps, parameters, expected) => {
  expect(await reached(steps, parameters)).toEqual(expected);
});

it('an event that fits two steps is one of them at a time', async () => {
  const where = { 'where[1][category]': 'Kitchen,Lighting', 'where[2][category]': 'Lighting' };
  // v1 and v3 look at a lamp once; v4 at a mug and then at a lamp.
  expect(await reached('Product Viewed,Product Viewed', where)).toEqual([5, 1]);
  // v2 looks at mugs twice.
  expect(await reached('Product Viewed,Product Viewed')).toEqual([5, 2]);
});

describe('by a dimension', () => {
  it('of the session in which the funnel was entered', async () => {
    const rows = await rowsFor({ steps: BUY, by: 'channel' });
    expect(rows.map(({ key, steps }) => [key, ...steps.map((one) => one.visitors)])).toEqual([
      // v2 came further twice, the last time by itself.
      ['direct', 2, 1, 0],
      ['paid_search', 2, 2, 2],
      ['organic_social', 1, 0, 0],
    ]);
    const limited = await rowsFor({ steps: BUY, by: 'channel', limit: 2 });
    expect(limited).toEqual(rows.slice(0, 2));
  });

  it('names countries, and its rows sum to all', async () => {
    const rows = await rowsFor({ steps: BUY, by: 'country' });
    expect(rows.map(({ key, label }) => [key, label])).toEqual([
      ['DE', 'Germany'],
      ['AT', 'Austria'],
      ['FR', 'France'],
      ['US', 'United States'],
    ]);
    for (const by of ['country', 'device', 'landing_page', 'visitor_type', 'source']) {
      const parts = await rowsFor({ steps: BUY, by });
      const sums = [0, 1, 2].map((index) =>
        parts.reduce((sum, { steps }) => sum + steps[index]!.visitors, 0),
      );
      expect([by, ...sums]).toEqual([by, 5, 3, 2]);
    }
  });

  it('has no rows where nobody entered', async () => {
    expect(await rowsFor({ steps: 'A,B', by: 'channel' })).toEqual([]);
  });
});

it('is the same by GraphQL', async () => {
  const given = {
    steps: BUY,
    'where[2][category]': 'Lighting',
    window: '1h',
    by: 'channel',
    'filter[device]': 'desktop,mobile',
  };
  const rows = await rowsFor(given);
  const args =
    'steps: [{event: "Product Viewed"}, {event: "Product Added", ' +
    'where: [{property: "category", values: ["Lighting"]}]}, {event: "Order Completed"}], ' +
    'window: "1h", by: CHANNEL, filter: {dimension: DEVICE, values: ["desktop", "mobile"]}';
  const fields =
    'step event visitors conversion_rate: conversionRate drop_off: dropOff ' +
    'step_conversion_rate: stepConversionRate median_seconds: medianSeconds ' +
    'p90_seconds: p90Seconds';
  const answer = await graphql<{ rows: unknown[]; meta: { definitions: unknown[] } }>(
    shop,
    'behaviourFunnel',
    args,
    `{ rows { key label steps { ${fields} } } meta { definitions { metric } } }`,
  );
  expect(answer.rows).toEqual(rows);
  expect(answer.meta.definitions).toHaveLength(4);
});
