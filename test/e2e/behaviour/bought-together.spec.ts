/** Pairs of products over random orders, against counting them one by one. */
import fc from 'fast-check';
import { graphql, rest, type Parameters, type Reply } from './client.js';
import { openShop, order, type Shop, type Visit } from './shop.js';

const ORDERS = 120;
const SEED = 20260111;
const DAY_MS = 86_400_000;
const PRODUCTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

interface Pair {
  key: string;
  label: string;
  product: string;
  other: string;
  orders: number;
  support: number;
  confidence: number;
  lift: number;
}
type PairsReply = Reply<{ rows: Pair[] }>;

const sold = fc.record({
  day: fc.nat(9),
  currency: fc.constantFrom('USD', 'USD', 'EUR'),
  isTest: fc.nat(14).map((dice) => dice === 0),
  // A product may stand in several lines; some orders name none.
  lines: fc.oneof(
    {
      arbitrary: fc.array(fc.constantFrom(...PRODUCTS), { minLength: 1, maxLength: 5 }),
      weight: 9,
    },
    fc.constant([] as string[]),
  ),
});
type Sold = typeof sold extends fc.Arbitrary<infer Value> ? Value : never;

const all = fc.sample(fc.array(sold, { minLength: ORDERS, maxLength: ORDERS }), {
  seed: SEED,
  numRuns: 1,
})[0]!;

function visitOf({ day, currency, isTest, lines }: Sold, index: number): Visit {
  const products = lines.map((id) => ({
    product_id: id,
    name: `The ${id}`,
    price: 5,
    quantity: 1,
  }));
  const more = { currency, ...(products.length > 0 ? {} : { revenue: 5 }), is_test: isTest };
  const placed = order(`o${index}`, products, more);
  const at = new Date(Date.UTC(2026, 0, 10) + day * DAY_MS + index * 60_000).toISOString();
  return { visitor: `v${index}`, at, did: [[0, 'Order Completed', placed]] };
}

/** The pairs of orders placed on the days from `from` up to `to`. */
function counted(from: number, to: number, minOrders: number): Omit<Pair, 'key' | 'label'>[] {
  const baskets = all
    .filter(({ day, isTest, lines }) => day >= from && day < to && !isTest && lines.length > 0)
    .map(({ lines }) => new Set(lines));
  const holding = (...products: string[]) =>
    baskets.filter((basket) => products.every((product) => basket.has(product))).length;
  const round = (value: number) => Number(value.toFixed(6));
  return PRODUCTS.flatMap((product) =>
    PRODUCTS.filter((other) => other !== product).map((other) => {
      const orders = holding(product, other);
      const confidence = orders / holding(product);
      return {
        ...{ product, other, orders, support: round(orders / baskets.length) },
        confidence: round(confidence),
        lift: round((confidence * baskets.length) / holding(other)),
      };
    }),
  )
    .filter(({ orders }) => orders >= minOrders)
    .sort(
      (left, right) =>
        right.orders - left.orders ||
        right.confidence - left.confidence ||
        left.product.localeCompare(right.product) ||
        left.other.localeCompare(right.other),
    );
}

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(all.map(visitOf));
});

const pairs = async (parameters: Parameters) => {
  const given = { to: '2026-01-20', limit: 1000, ...parameters };
  const { data } = await rest<PairsReply>(shop, 'sales/bought-together', given);
  return data.rows;
};
const bare = (rows: Pair[]) => rows.map(({ key: _, label: __, ...row }) => row);

it.each([1, 2, 4, 8])('at least %i orders', async (minOrders) => {
  const expected = counted(0, 10, minOrders);
  const rows = await pairs({ min_orders: minOrders });
  expect(bare(rows)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(0);
});

it('holds two orders at least unless asked otherwise, and names both', async () => {
  const rows = await pairs({});
  expect(bare(rows)).toEqual(counted(0, 10, 2));
  const { key, label, product, other } = rows[0]!;
  expect([key, label]).toEqual([`${product}|${other}`, `The ${product} + The ${other}`]);
});

it('of a range, of one product, so many rows', async () => {
  const range = { from: '2026-01-12', to: '2026-01-16' };
  const expected = counted(2, 6, 1);
  expect(bare(await pairs({ ...range, min_orders: 1 }))).toEqual(expected);
  const ofC = expected.filter(({ product }) => product === 'c');
  expect(bare(await pairs({ ...range, min_orders: 1, product: 'c' }))).toEqual(ofC);
  expect(ofC.length).toBeGreaterThan(3);
  expect(bare(await pairs({ ...range, min_orders: 1, limit: 3 }))).toEqual(expected.slice(0, 3));
  expect(await pairs({ ...range, product: 'nothing' })).toEqual([]);
});

it('is the same by GraphQL, with its definitions', async () => {
  const rows = await pairs({ product: 'a', min_orders: 3 });
  const range = { from: '2026-01-10', to: '2026-01-20' };
  const other = await graphql<{ rows: Pair[]; meta: { definitions: { formula: string }[] } }>(
    shop,
    'salesBoughtTogether',
    'product: "a", minOrders: 3, limit: 1000',
    '{ rows { key label product other orders support confidence lift } meta { definitions { formula } } }',
    range,
  );
  expect(other.rows).toEqual(rows);
  expect(rows.length).toBeGreaterThan(2);
  expect(other.meta.definitions.map(({ formula }) => formula)).toHaveLength(4);
  const { meta } = await rest<PairsReply>(shop, 'sales/bought-together', {});
  expect(Object.keys(meta.definitionVersion)).toEqual([
    ...['pair_orders', 'pair_support', 'pair_confidence', 'pair_lift'],
  ]);
});
