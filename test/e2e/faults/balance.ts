/**
 * The books after a fault: what was sent and acknowledged against what stands in the warehouse, and
 * gold against a recount of silver in the tests' own arithmetic.
 */
import type { Warehouse } from '../../../src/platform/warehouse/warehouse.js';

/** Message ids. What was sent and not acknowledged may stand in silver or not. */
export interface Given {
  sent: readonly string[];
  acknowledged: readonly string[];
  /** How many of the acknowledged were told to be rejected; none if not said. */
  rejected?: number;
}

interface SilverRow {
  message_id: string;
  call: string;
  event: string;
  order_id: string;
  /** Milliseconds since 1970. */
  at: number;
  properties: string;
}

interface Bucket {
  events: number;
  page_views: number;
  product_views: number;
  orders: number;
  cents: number;
}

const QUARTER_HOUR_MS = 900_000;

/**
 * Expects that nothing acknowledged is lost, nothing stands twice and nothing unasked, that all is
 * there if all was acknowledged, and that gold says the same. Prints the counts as one line.
 */
export async function expectBalanced(
  name: string,
  warehouse: Warehouse,
  { sent, acknowledged, rejected = 0 }: Given,
): Promise<void> {
  const silver = await silverOf(warehouse);
  const rejections = await idsOf(warehouse, 'bronze.rejected_events');
  const bronze = await idsOf(warehouse, 'bronze.events');
  const stored = new Map<string, number>();
  for (const { message_id: id } of silver) stored.set(id, (stored.get(id) ?? 0) + 1);
  const refused = new Set(rejections);
  const known = new Set(sent);
  const lost = acknowledged.filter((id) => !stored.has(id) && !refused.has(id));
  const twice = [...stored].filter(([, count]) => count > 1).map(([id]) => id);
  const unasked = [...stored.keys()].filter((id) => !known.has(id));
  tell(name, {
    ...{ sent: sent.length, acknowledged: acknowledged.length, stored: stored.size },
    ...{ rejected: refused.size, 'repeated in bronze': bronze.length - new Set(bronze).size },
    ...{ lost: lost.length, twice: twice.length },
  });
  expect({ lost, twice, unasked }).toEqual({ lost: [], twice: [], unasked: [] });
  expect(refused.size).toBe(rejected);
  if (acknowledged.length === sent.length) expect(stored.size + refused.size).toBe(sent.length);
  expect(await goldOf(warehouse)).toEqual(recount(silver));
}

/** One line of counts, which a reader of the test's output compares by eye. */
export function tell(name: string, counts: Record<string, number | string>): void {
  const words = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  process.stderr.write(`${name}: ${words.join(', ')}\n`);
}

/** Orders and their amounts by what silver's events say, whatever the models made of them. */
export async function recountOrders(
  warehouse: Warehouse,
): Promise<{ orders: number; cents: number }> {
  const buckets = Object.values(recount(await silverOf(warehouse)));
  return {
    orders: buckets.reduce((sum, { orders }) => sum + orders, 0),
    cents: buckets.reduce((sum, { cents }) => sum + cents, 0),
  };
}

function silverOf(warehouse: Warehouse): Promise<SilverRow[]> {
  return warehouse.query<SilverRow>(
    'reader',
    `select message_id, call, event, order_id, properties,
       toFloat64(toUnixTimestamp64Milli(occurred_at)) as at from silver.events`,
  );
}

async function idsOf(warehouse: Warehouse, table: string): Promise<string[]> {
  const sql = `select message_id as id from ${table}`;
  return (await warehouse.query<{ id: string }>('reader', sql)).map(({ id }) => id);
}

/** By quarter of an hour: every order is placed by one event, and none is edited. */
function recount(silver: readonly SilverRow[]): Record<string, Bucket> {
  const buckets: Record<string, Bucket> = {};
  for (const { at, call, event, properties } of silver) {
    const start = new Date(Math.floor(at / QUARTER_HOUR_MS) * QUARTER_HOUR_MS).toISOString();
    const bucket = (buckets[start] ??= {
      ...{ events: 0, page_views: 0, product_views: 0, orders: 0, cents: 0 },
    });
    bucket.events += 1;
    if (call === 'page') bucket.page_views += 1;
    if (event === 'Product Viewed') bucket.product_views += 1;
    if (event !== 'Order Completed') continue;
    bucket.orders += 1;
    type Line = { price: number; quantity: number };
    for (const line of (JSON.parse(properties) as { products: Line[] }).products) {
      bucket.cents += Math.round(line.price * line.quantity * 100);
    }
  }
  return buckets;
}

/** The same buckets as gold has them; its orders one by one must come to the same. */
async function goldOf(warehouse: Warehouse): Promise<Record<string, Bucket>> {
  const rows = await warehouse.query<Bucket & { start: number }>(
    'reader',
    `with
       happened as (
         select toStartOfFifteenMinutes(occurred_at) as bucket_at, toUInt32(count()) as events
         from gold.fct_events group by bucket_at
       ),
       traffic as (
         select bucket_at, toUInt32(sum(t.page_views)) as page_views,
           toUInt32(sum(t.product_views)) as product_views
         from gold.traffic_15m as t group by bucket_at
       ),
       sales as (
         select bucket_at, toUInt32(sum(s.orders)) as orders,
           toUInt32(round(sum(s.gross) * 100)) as cents
         from gold.sales_15m as s group by bucket_at
       )
     select toUInt32(happened.bucket_at) as start, events,
       ifNull(traffic.page_views, 0) as page_views,
       ifNull(traffic.product_views, 0) as product_views,
       ifNull(sales.orders, 0) as orders, ifNull(sales.cents, 0) as cents
     from happened
     left join traffic on traffic.bucket_at = happened.bucket_at
     left join sales on sales.bucket_at = happened.bucket_at`,
  );
  const facts = await warehouse.queryOne<{ orders: number; cents: number }>(
    'reader',
    `select toUInt32(count()) as orders, toUInt32(round(sum(gross) * 100)) as cents
     from gold.fct_orders`,
  );
  const sum = (column: 'orders' | 'cents') => rows.reduce((total, row) => total + row[column], 0);
  expect(facts).toEqual({ orders: sum('orders'), cents: sum('cents') });
  return Object.fromEntries(
    rows.map(({ start, ...bucket }) => [new Date(start * 1_000).toISOString(), bucket]),
  );
}
