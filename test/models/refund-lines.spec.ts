/**
 * What a refund by products is worth, and what is not booked until it heals: a product without a
 * price, another currency. An `order` is one unit of p1 at 100 less 10, so goods 90, tax 9, shipping 5.
 */
import type { JsonObject } from '../../src/contracts/json.js';
import { openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import * as golden from './golden.js';
import { cancelled, expectRows, increment, line, placed, refunded, updated } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

afterEach(() => expectRows(pipeline.warehouse, golden.LEDGER_LESS_AGGREGATE, '0|0|0|0|0|0|0'));

const order = (id: string) =>
  placed(id, '2026-11-02T10:00:00Z', {
    products: [line('p1', 1, 100)],
    ...{ discount: 10, tax: 9, shipping: 5, total: 104 },
  });
/** The refund r1 of an order is of the third, r2 of the fourth. */
const refund = (id: string, number: number, properties: JsonObject, currency = 'USD') =>
  refunded(
    id,
    `2026-11-0${number + 2}T12:00:00Z`,
    { refund_id: `r${number}`, ...properties },
    { currency },
  );

const refunds = (orders: string, drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select order_id, kind, adjustment_id, currency, goods, tax, shipping, is_orphan
     from silver.refunds where startsWith(order_id, '${orders}')
     order by order_id, occurred_at, kind`,
    drawn,
  );
const quarantined = (orders: string, drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select model, check_name, replaceAll(row_key, '|', '/') as row_key
     from operations.quarantined_rows where startsWith(row_key, '${orders}') order by row_key`,
    drawn,
  );

describe('a refund that states no total', () => {
  it('takes back its subtotal, or its products less its own discount', async () => {
    await increment(pipeline, [
      ...['own-1', 'own-2', 'own-3'].map(order),
      refund('own-1', 1, { subtotal: 90, discount: 10 }),
      refund('own-2', 1, { products: [line('p1', 1, 100)], discount: 10 }),
      refund('own-3', 1, { products: [line('p1', 0.5, 100)], discount: 0, tax: 4 }),
      refund('own-4', 1, { products: [line('p1', 1, 100)] }),
    ]);
    await refunds(
      'own',
      `own-1 | refund | r1 | USD | 90  | 0 | 0 | false
       own-2 | refund | r1 | USD | 90  | 0 | 0 | false
       own-3 | refund | r1 | USD | 50  | 4 | 0 | false
       own-4 | refund | r1 | USD | 100 | 0 | 0 | true`,
    );
  });

  it("takes its products back at their share of the order's discount, exactly", async () => {
    const one = { products: [line('p1', 1, 10)] };
    await increment(pipeline, [
      order('share-1'),
      refund('share-1', 1, { products: [line('p1', 1, 100)] }),
      cancelled('share-1', '2026-11-05T12:00:00Z'),
      // 30 less 10: each unit is worth 20 / 3.
      placed('share-2', '2026-11-02T10:00:00Z', { products: [line('p1', 3, 10)], discount: 10 }),
      ...[1, 2, 3].map((number) => refund('share-2', number, one)),
      // Free, as its discount is beyond it.
      placed('share-3', '2026-11-02T10:00:00Z', { products: [line('p1', 1, 10)], discount: 12 }),
      refund('share-3', 1, one),
    ]);
    await refunds(
      'share',
      `share-1 | refund       | r1           | USD | 90       | 0 | 0 | false
       share-1 | cancellation | cancellation | USD | 0        | 9 | 5 | false
       share-2 | refund       | r1           | USD | 6.666667 | 0 | 0 | false
       share-2 | refund       | r2           | USD | 6.666666 | 0 | 0 | false
       share-2 | refund       | r3           | USD | 6.666667 | 0 | 0 | false
       share-3 | refund       | r1           | USD | 0        | 0 | 0 | false`,
    );
  });

  it('finds the price it leaves out in the order, by product id, else by SKU', async () => {
    const sold = [line('p1', 2, 10), line('p1', 1, 40), { ...line('p2', 1, 40), sku: 'S2' }];
    await increment(pipeline, [
      ...['price-1', 'price-2'].map((id) =>
        placed(id, '2026-11-02T10:00:00Z', { products: sold, discount: 10 }),
      ),
      // 60 of p1 and 40 of p2, at nine tenths.
      refund('price-1', 1, { products: [{ product_id: 'p1', quantity: 3 }] }),
      refund('price-1', 2, { products: [{ product_id: 'other', sku: 'S2' }] }),
      // Two at the mean price of 20 and one at 30, less 5; then a total, which wins.
      refund('price-2', 1, {
        products: [{ product_id: 'p1', quantity: 2 }, line('p2', 1, 30)],
        discount: 5,
      }),
      refund('price-2', 2, { products: [{ product_id: 'p9' }], total: 7, tax: 0, shipping: 0 }),
    ]);
    await refunds(
      'price',
      `price-1 | refund | r1 | USD | 54 | 0 | 0 | false
       price-1 | refund | r2 | USD | 36 | 0 | 0 | false
       price-2 | refund | r1 | USD | 65 | 0 | 0 | false
       price-2 | refund | r2 | USD | 7  | 0 | 0 | false`,
    );
  });
});

describe('a refund without a price', () => {
  const unpriced = { products: [{ product_id: 'p1', quantity: 1 }] };

  it('is quarantined while the order or its line is unknown, and the rest is booked', async () => {
    await increment(pipeline, [
      order('lost-1'),
      refund('lost-1', 1, { products: [{ product_id: 'p9' }, line('p1', 1, 100)], tax: 3 }),
      refund('lost-1', 2, { total: 20 }),
      refund('lost-2', 1, unpriced),
      order('lost-3'),
      refund('lost-3', 1, unpriced),
    ]);
    await refunds(
      'lost',
      `lost-1 | refund | r2 | USD | 20 | 0 | 0 | false
       lost-3 | refund | r1 | USD | 90 | 0 | 0 | false`,
    );
    await quarantined(
      'lost',
      `silver.refunds | accepted_kind | lost-1/refund without a price/r1
       silver.refunds | accepted_kind | lost-2/refund without a price/r1`,
    );
  });

  it('is booked once the order arrives, and no more once an edit drops the line', async () => {
    await increment(pipeline, [
      order('lost-2'),
      updated('lost-3', '2026-11-06T12:00:00Z', { products: [line('p7', 1, 100)] }),
    ]);
    await refunds(
      'lost',
      `lost-1 | refund | r2 | USD | 20 | 0 | 0 | false
       lost-2 | refund | r1 | USD | 90 | 0 | 0 | false`,
    );
    await quarantined('lost-3', 'silver.refunds|accepted_kind|lost-3/refund without a price/r1');
  });
});

describe('an event in another currency than its order', () => {
  it('is not booked in it: a refund and an edit are quarantined', async () => {
    await increment(pipeline, [
      ...['cash-1', 'cash-2'].map(order),
      refund('cash-1', 1, { currency: 'EUR', total: 20 }, 'EUR'),
      refund('cash-1', 2, { currency: 'usd', total: 30 }),
      // These state none, whatever the collector takes for it.
      refund('cash-2', 1, { total: 40 }, 'EUR'),
      updated('cash-2', '2026-11-03T08:00:00Z', { subtotal: 60 }, { currency: 'EUR' }),
      {
        ...updated('cash-2', '2026-11-03T09:00:00Z', { currency: 'eur', subtotal: 50 }),
        messageId: 'edit',
      },
      updated('cash-2', '2026-11-03T10:00:00Z', { currency: 'EUR', status: 'packed' }),
      refund('cash-3', 1, { currency: 'EUR', total: 20 }, 'EUR'),
    ]);
    await refunds(
      'cash',
      `cash-1 | refund | r2 | USD | 30 | 0 | 0 | false
       cash-2 | refund | r1 | USD | 40 | 0 | 0 | false
       cash-3 | refund | r1 | EUR | 20 | 0 | 0 | true`,
    );
    await expectRows(
      pipeline.warehouse,
      `select order_id, currency, gross from silver.orders where order_id like 'cash%'
       order by order_id`,
      `cash-1 | USD | 100
       cash-2 | USD | 60`,
    );
    await quarantined(
      'cash',
      `silver.refunds | accepted_kind | cash-1/refund in another currency/r1
       silver.refunds | accepted_kind | cash-2/edit in another currency/web:edit`,
    );
  });

  it('leaves the books once its order turns out to be in another', async () => {
    await increment(pipeline, [order('cash-3'), refund('cash-1', 1, { total: 25 })]);
    // A sound report of a quarantined refund is booked.
    await refunds(
      'cash-1',
      `cash-1 | refund | r1 | USD | 25 | 0 | 0 | false
       cash-1 | refund | r2 | USD | 30 | 0 | 0 | false`,
    );
    await refunds('cash-3', '');
    await quarantined(
      'cash-3',
      'silver.refunds|accepted_kind|cash-3/refund in another currency/r1',
    );
  });
});

it('tells a refund whose id is cancellation from the cancellation', async () => {
  await increment(pipeline, [
    order('name-1'),
    refunded('name-1', '2026-11-03T12:00:00Z', { refund_id: 'cancellation', total: 40 }),
    cancelled('name-1', '2026-11-04T12:00:00Z'),
  ]);
  await refunds(
    'name',
    `name-1 | refund       | cancellation | USD | 40 | 0 | 0 | false
     name-1 | cancellation | cancellation | USD | 50 | 9 | 5 | false`,
  );
});
