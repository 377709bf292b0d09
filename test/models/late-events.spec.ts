/** Late events re-open the quarter of an hour, the day and the month that they belong to. */
import { openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import { until } from '../support/spawned-service.js';
import * as golden from './golden.js';
import { expectRows, increment, line, placed } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

afterEach(() => expectRows(pipeline.warehouse, golden.LEDGER_LESS_AGGREGATE, '0|0|0|0|0|0|0'));

const sales = (drawn: string) => expectRows(pipeline.warehouse, golden.SALES_BY_BUCKET, drawn);
const products = (drawn: string) =>
  expectRows(pipeline.warehouse, golden.PRODUCTS_BY_BUCKET, drawn);
const traffic = (drawn: string) => expectRows(pipeline.warehouse, golden.TRAFFIC_BY_BUCKET, drawn);

const page = (visitor: string, at: string) => ({ call: 'page', visitor, at });
const viewed = (visitor: string, at: string) => ({
  event: 'Product Viewed',
  visitor,
  at,
  properties: { product_id: 'p1', name: 'P1', price: 10 },
});
const added = (visitor: string, at: string) => ({ ...viewed(visitor, at), event: 'Product Added' });
const order = (id: string, at: string, units: number, rest = {}) =>
  placed(id, at, { products: [line('p1', units, 10)] }, rest);

const first = [
  page('v1', '2026-11-05T10:00:00Z'),
  viewed('v1', '2026-11-05T10:14:59.999Z'),
  page('v2', '2026-11-05T10:15:00Z'),
  order('o1', '2026-11-05T10:16:00Z', 1, { visitor: 'v1', user: 'u1' }),
  page('v3', '2026-10-31T23:59:59.999Z'),
];

describe('late events over five increments', () => {
  it('fills the buckets', async () => {
    await increment(pipeline, first);
    await traffic(`
      10-31 23:45 | 1 | 0 | 0 | 1
      11-05 10:00 | 1 | 1 | 0 | 1
      11-05 10:15 | 1 | 0 | 0 | 2`);
    await sales('11-05 10:15 | USD | true | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 1');
    await products('11-05 10:15 | USD | p1 | 1 | 10 | 0 | 1 | 1');
  });

  it('adds late rows to a standing bucket, a new bucket and an earlier month', async () => {
    await increment(pipeline, [
      page('v1', '2026-11-05T10:01:00Z'),
      added('v4', '2026-11-05T10:02:00Z'),
      page('v5', '2026-11-05T00:00:00Z'),
      viewed('v4', '2026-10-31T23:50:00Z'),
      order('o2', '2026-10-15T08:00:00Z', 2, { user: 'u1' }),
      order('o3', '2026-11-05T10:20:00Z', 3, { user: 'u1' }),
      ...first,
    ]);
    await traffic(`
      10-15 08:00 | 0 | 0 | 0 | 1
      10-31 23:45 | 1 | 1 | 0 | 2
      11-05 00:00 | 1 | 0 | 0 | 1
      11-05 10:00 | 2 | 1 | 1 | 2
      11-05 10:15 | 1 | 0 | 0 | 3`);
    await sales(`
      10-15 08:00 | USD | true | 1 | 2 | 20 | 20 | 0 | 0 | 0 | 0 | 1
      11-05 10:15 | USD | true | 2 | 4 | 40 | 40 | 0 | 0 | 0 | 0 | 1`);
    await products(`
      10-15 08:00 | USD | p1 | 2 | 20 | 0 | 1 | 1
      11-05 10:15 | USD | p1 | 4 | 40 | 0 | 2 | 1`);
  });

  it('moves an order to the month of a placing event that arrives late', async () => {
    await increment(pipeline, [
      order('o1', '2026-09-30T23:59:00Z', 1, { visitor: 'v1', user: 'u1' }),
      order('o4', '2026-12-01T00:00:00Z', 1),
    ]);
    await sales(`
      09-30 23:45 | USD | true  | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 1
      10-15 08:00 | USD | true  | 1 | 2 | 20 | 20 | 0 | 0 | 0 | 0 | 1
      11-05 10:15 | USD | true  | 1 | 3 | 30 | 30 | 0 | 0 | 0 | 0 | 1
      12-01 00:00 | USD | false | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 0`);
    await products(`
      09-30 23:45 | USD | p1 | 1 | 10 | 0 | 1 | 1
      10-15 08:00 | USD | p1 | 2 | 20 | 0 | 1 | 1
      11-05 10:15 | USD | p1 | 3 | 30 | 0 | 1 | 1
      12-01 00:00 | USD | p1 | 1 | 10 | 0 | 1 | 0`);
    const standing = (table: string) =>
      `select toYYYYMM(placed_at) as month, _is_deleted from ${table}__versions final
       where order_id = 'o1' order by month`;
    await expectRows(pipeline.warehouse, standing('silver.orders'), '202609 | 0');
    await expectRows(pipeline.warehouse, standing('silver.order_lines'), '202609 | 0');
    await expectRows(
      pipeline.warehouse,
      `select toYYYYMM(placed_at) as month, _is_deleted, count() from silver.orders__versions
       where order_id = 'o1' group by all order by all`,
      `202609 | 0 | 1
       202611 | 0 | 1
       202611 | 1 | 1`,
    );
  });

  it('empties a month whose only order moves away, and drops its partition', async () => {
    await increment(pipeline, [order('o4', '2026-11-30T23:59:00Z', 1), ...first]);
    await sales(`
      09-30 23:45 | USD | true  | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 1
      10-15 08:00 | USD | true  | 1 | 2 | 20 | 20 | 0 | 0 | 0 | 0 | 1
      11-05 10:15 | USD | true  | 1 | 3 | 30 | 30 | 0 | 0 | 0 | 0 | 1
      11-30 23:45 | USD | false | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 0`);
    await expectRows(
      pipeline.warehouse,
      `select distinct partition from system.parts
       where database = 'gold' and table = 'product_15m__days' and active and rows > 0
       order by partition`,
      `20260930
       20261015
       20261031
       20261105
       20261130`,
    );
    // What moves out leaves an empty part, which the engine clears away in its own time.
    const december = `select name from system.parts
      where database = 'gold' and table = 'product_15m__days' and active and partition = '20261201'`;
    await until(async () =>
      (await golden.rowsOf(pipeline.warehouse, december)).length === 0 ? true : undefined,
    );
    // The event of December stands as an event; only the order has moved.
    await traffic(`
      09-30 23:45 | 0 | 0 | 0 | 1
      10-15 08:00 | 0 | 0 | 0 | 1
      10-31 23:45 | 1 | 1 | 0 | 2
      11-05 00:00 | 1 | 0 | 0 | 1
      11-05 10:00 | 2 | 1 | 1 | 2
      11-05 10:15 | 1 | 0 | 0 | 3
      11-30 23:45 | 0 | 0 | 0 | 1
      12-01 00:00 | 0 | 0 | 0 | 1`);
  });

  it('moves an order to another day of the same month', async () => {
    await increment(pipeline, [order('o2', '2026-10-14T08:00:00Z', 2, { user: 'u1' })]);
    await sales(`
      09-30 23:45 | USD | true  | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 1
      10-14 08:00 | USD | true  | 1 | 2 | 20 | 20 | 0 | 0 | 0 | 0 | 1
      11-05 10:15 | USD | true  | 1 | 3 | 30 | 30 | 0 | 0 | 0 | 0 | 1
      11-30 23:45 | USD | false | 1 | 1 | 10 | 10 | 0 | 0 | 0 | 0 | 0`);
    await products(`
      09-30 23:45 | USD | p1 | 1 | 10 | 0 | 1 | 1
      10-14 08:00 | USD | p1 | 2 | 20 | 0 | 1 | 1
      11-05 10:15 | USD | p1 | 3 | 30 | 0 | 1 | 1
      11-30 23:45 | USD | p1 | 1 | 10 | 0 | 1 | 0`);
    // A reader who asks for the old day alone must not meet the order's old version.
    await expectRows(
      pipeline.warehouse,
      `select (select count() from silver.orders where toDate(placed_at) = '2026-10-15'),
         (select count() from gold.fct_orders where placed_at >= '2026-10-15'
            and placed_at < '2026-10-16')`,
      '0 | 0',
    );
  });
});
