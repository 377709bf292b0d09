/** Placed orders over five increments: counted once, edits, currencies, guests and tests. */
import { openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import * as golden from './golden.js';
import { expectRows, identified, increment, line, placed, updated } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

afterEach(() => expectRows(pipeline.warehouse, golden.LEDGER_LESS_AGGREGATE, '0|0|0|0|0|0|0'));

const ORDERS = `
  select order_id, formatDateTime(placed_at, '%m-%d %H:%i') as at, customer_id, currency, is_test,
    placed_gross, placed_discount, gross, discount, tax, shipping, units
  from silver.orders order by order_id`;
const LINES = `
  select order_id, line_number, product_id, quantity, price, gross, discount
  from silver.order_lines where not is_test order by order_id, line_number`;
const sales = (drawn: string) => expectRows(pipeline.warehouse, golden.SALES_BY_BUCKET, drawn);
const products = (drawn: string) =>
  expectRows(pipeline.warehouse, golden.PRODUCTS_BY_BUCKET, drawn);
const orders = (drawn: string) => expectRows(pipeline.warehouse, ORDERS, drawn);

const noLines = placed(
  'o2',
  '2026-11-02T10:20:00Z',
  { subtotal: 40, discount: 4, total: 45, tax: 5 },
  { user: 'u2' },
);
const guest = { visitor: 'v1' };
const first = placed(
  'o1',
  '2026-11-02T10:05:00Z',
  {
    products: [line('p1', 2, 10), line('p2', '1', '5.50')],
    ...{ discount: '5.10', tax: 2, shipping: 3 },
  },
  guest,
);

describe('sales over five increments', () => {
  it('places orders with and without lines, in their own currencies, without tests', async () => {
    await increment(pipeline, [
      first,
      noLines,
      placed(
        'o3',
        '2026-11-02T10:25:00Z',
        { revenue: 30, total: 36 },
        { user: 'u2', currency: 'EUR' },
      ),
      placed('t1', '2026-11-02T10:06:00Z', { test: true, products: [line('p1', 1, 999)] }),
      placed('t2', '2026-11-02T10:06:00Z', { is_test: true, total: 999 }),
    ]);
    await orders(`
      o1 | 11-02 10:05 |    | USD | false | 25.5 | 5.1 | 25.5 | 5.1 | 2 | 3 | 3
      o2 | 11-02 10:20 | u2 | USD | false | 44   | 4   | 44   | 4   | 5 | 0 | null
      o3 | 11-02 10:25 | u2 | EUR | false | 30   | 0   | 30   | 0   | 0 | 0 | null
      t1 | 11-02 10:06 |    | USD | true  | 999  | 0   | 999  | 0   | 0 | 0 | 1
      t2 | 11-02 10:06 |    | USD | true  | 999  | 0   | 999  | 0   | 0 | 0 | null`);
    await expectRows(
      pipeline.warehouse,
      LINES,
      `o1 | 1 | p1 | 2 | 10  | 20  | 4
       o1 | 2 | p2 | 1 | 5.5 | 5.5 | 1.1`,
    );
    await sales(`
      11-02 10:00 | USD | false | 1 | 3 | 25.5 | 25.5 | 5.1 | 0 | 2 | 3 | 0
      11-02 10:15 | EUR | true  | 1 | 0 | 30   | 30   | 0   | 0 | 0 | 0 | 1
      11-02 10:15 | USD | true  | 1 | 0 | 44   | 44   | 4   | 0 | 5 | 0 | 1`);
    await products(`
      11-02 10:00 | USD | p1      | 2 | 20  | 4   | 1 | 0
      11-02 10:00 | USD | p2      | 1 | 5.5 | 1.1 | 1 | 0
      11-02 10:15 | EUR | unknown | 0 | 30  | 0   | 1 | 1
      11-02 10:15 | USD | unknown | 0 | 44  | 4   | 1 | 1`);
  });

  it('counts an order once: a replay, and a second report that was placed earlier', async () => {
    await increment(pipeline, [
      noLines,
      { ...first, at: '2026-11-02T09:59:00Z', messageId: 'o1-from-the-server' },
      placed('o4', '2026-11-02T10:20:00Z', { total: 57, tax: 5, shipping: 2, discount: 1 }),
    ]);
    await sales(`
      11-02 09:45 | USD | false | 1 | 3 | 25.5 | 25.5 | 5.1 | 0 | 2 | 3 | 0
      11-02 10:15 | EUR | true  | 1 | 0 | 30   | 30   | 0   | 0 | 0 | 0 | 1
      11-02 10:15 | USD | false | 1 | 0 | 51   | 51   | 1   | 0 | 5 | 2 | 0
      11-02 10:15 | USD | true  | 1 | 0 | 44   | 44   | 4   | 0 | 5 | 0 | 1`);
  });

  it('takes amounts from the latest edit and keeps those of the placement', async () => {
    await increment(pipeline, [
      updated('o1', '2026-11-03T08:00:00Z', {
        products: [line('p1', 3, 10), line('p2', 1, 5.5)],
        discount: 7.1,
        tax: 3,
      }),
      updated('o4', '2026-11-03T08:00:00Z', { status: 'packed' }),
      placed('o5', '2026-11-03T10:00:00Z', { products: [line('p3', 1, 0), line('p1', 1, '10')] }),
    ]);
    await orders(`
      o1 | 11-02 09:59 |    | USD | false | 25.5 | 5.1 | 35.5 | 7.1 | 3 | 3 | 4
      o2 | 11-02 10:20 | u2 | USD | false | 44   | 4   | 44   | 4   | 5 | 0 | null
      o3 | 11-02 10:25 | u2 | EUR | false | 30   | 0   | 30   | 0   | 0 | 0 | null
      o4 | 11-02 10:20 |    | USD | false | 51   | 1   | 51   | 1   | 5 | 2 | null
      o5 | 11-03 10:00 |    | USD | false | 10   | 0   | 10   | 0   | 0 | 0 | 2
      t1 | 11-02 10:06 |    | USD | true  | 999  | 0   | 999  | 0   | 0 | 0 | 1
      t2 | 11-02 10:06 |    | USD | true  | 999  | 0   | 999  | 0   | 0 | 0 | null`);
    await products(`
      11-02 09:45 | USD | p1      | 3 | 30  | 6   | 1 | 0
      11-02 09:45 | USD | p2      | 1 | 5.5 | 1.1 | 1 | 0
      11-02 10:15 | EUR | unknown | 0 | 30  | 0   | 1 | 1
      11-02 10:15 | USD | unknown | 0 | 95  | 5   | 2 | 1
      11-03 10:00 | USD | p1      | 1 | 10  | 0   | 1 | 0
      11-03 10:00 | USD | p3      | 1 | 0   | 0   | 1 | 0`);
  });

  it('knows a guest once he is identified, and an edit without lines drops them', async () => {
    await increment(pipeline, [
      identified('v1', 'u1', '2026-11-04T12:00:00Z'),
      placed('o6', '2026-11-02T09:50:00Z', { subtotal: 8 }, { visitor: 'v9', user: 'u1' }),
      updated('o5', '2026-11-04T12:00:00Z', { subtotal: 12 }),
    ]);
    await sales(`
      11-02 09:45 | USD | true  | 2 | 4 | 33.5 | 43.5 | 7.1 | 0 | 3 | 3 | 1
      11-02 10:15 | EUR | true  | 1 | 0 | 30   | 30   | 0   | 0 | 0 | 0 | 1
      11-02 10:15 | USD | false | 1 | 0 | 51   | 51   | 1   | 0 | 5 | 2 | 0
      11-02 10:15 | USD | true  | 1 | 0 | 44   | 44   | 4   | 0 | 5 | 0 | 1
      11-03 10:00 | USD | false | 1 | 0 | 10   | 12   | 0   | 0 | 0 | 0 | 0`);
    await products(`
      11-02 09:45 | USD | p1      | 3 | 30  | 6   | 1 | 1
      11-02 09:45 | USD | p2      | 1 | 5.5 | 1.1 | 1 | 1
      11-02 09:45 | USD | unknown | 0 | 8   | 0   | 1 | 1
      11-02 10:15 | EUR | unknown | 0 | 30  | 0   | 1 | 1
      11-02 10:15 | USD | unknown | 0 | 95  | 5   | 2 | 1
      11-03 10:00 | USD | unknown | 0 | 12  | 0   | 1 | 0`);
  });

  it('keeps six decimals of a gross and shares a discount out exactly', async () => {
    await increment(pipeline, [
      placed('o7', '2026-11-05T10:00:00Z', {
        products: [line('p1', 0.5, '0.333333'), line('p2', 0.3, '0.333333')],
      }),
      placed('o8', '2026-11-05T10:00:00Z', {
        products: [line('p1', 1, 1000), line('p2', 1, 1000), line('p3', 1, 1000)],
        discount: 1000,
      }),
      placed('o9', '2026-11-05T10:00:00Z', { products: [line('p1', 1, 0)], discount: 0 }),
    ]);
    await expectRows(
      pipeline.warehouse,
      `${LINES.replace('not is_test', "order_id in ('o7', 'o8', 'o9')")}`,
      `o7 | 1 | p1 | 0.5  | 0.333333 | 0.166667 | 0
       o7 | 2 | p2 | 0.3  | 0.333333 | 0.1      | 0
       o8 | 1 | p1 | 1    | 1000     | 1000     | 333.333333
       o8 | 2 | p2 | 1    | 1000     | 1000     | 333.333334
       o8 | 3 | p3 | 1    | 1000     | 1000     | 333.333333
       o9 | 1 | p1 | 1    | 0        | 0        | 0`,
    );
    await expectRows(
      pipeline.warehouse,
      `select order_id, gross, discount from silver.orders where order_id in ('o7', 'o8', 'o9')
       order by order_id`,
      `o7 | 0.266667 | 0
       o8 | 3000     | 1000
       o9 | 0        | 0`,
    );
  });
});
