/**
 * Refunds and cancellations over four increments. Every order of this file is goods 90 (one unit
 * at 100 less 10), tax 9 and shipping 5, so 104 in all.
 */
import { openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import * as golden from './golden.js';
import { cancelled, expectRows, increment, line, placed, refunded, rowsOf } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

afterEach(() => expectRows(pipeline.warehouse, golden.LEDGER_LESS_AGGREGATE, '0|0|0|0|0|0|0'));

const order = (id: string, at = '2026-11-02T10:00:00Z', rest = {}) =>
  placed(
    id,
    at,
    { products: [line('p1', 1, 100)], discount: 10, tax: 9, shipping: 5, total: 104 },
    rest,
  );

const refunds = (drawn: string, orders = '%') =>
  expectRows(
    pipeline.warehouse,
    `select order_id, if(kind = 'refund', adjustment_id, kind) as adjustment,
       formatDateTime(occurred_at, '%m-%d') as day, goods, tax, shipping, is_orphan
     from silver.refunds where order_id like '${orders}'
     order by order_id, occurred_at, adjustment`,
    drawn,
  );
const days = (drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select formatDateTime(bucket_at, '%m-%d') as day, sum(s.orders), sum(s.cancelled_orders),
       sum(s.gross) - sum(s.discount) as goods, sum(s.refunds), sum(s.tax), sum(s.shipping)
     from gold.sales_15m as s group by day order by day`,
    drawn,
  );

const all = {
  first: [
    ...['a', 'b', 'c', 'd', 'i', 's'].map((id) => order(id)),
    order('t', '2026-11-02T10:00:00Z', { properties: { order_id: 't', test: true, total: 50 } }),
    refunded('a', '2026-11-02T12:00:00Z', { refund_id: 'a1', total: 40 }),
    refunded('b', '2026-11-02T12:00:00Z', { refund_id: 'b1', total: 30, tax: 3, shipping: 2 }),
    refunded('c', '2026-11-02T12:00:00Z', { refund_id: 'c1', products: [line('p1', 0.5, 100)] }),
    refunded('d', '2026-11-02T12:00:00Z', { refund_id: 'd1' }),
    refunded('t', '2026-11-02T12:00:00Z', { refund_id: 't1', total: 50 }),
  ],
  second: [
    refunded('a', '2026-11-03T12:00:00Z', { refund_id: 'a2', total: 60 }),
    refunded('a', '2026-11-04T12:00:00Z', { refund_id: 'a3', total: 20 }),
    cancelled('b', '2026-12-01T12:00:00Z'),
    refunded('c', '2026-11-03T12:00:00Z', { refund_id: 'c1', products: [line('p1', 0.5, 100)] }),
    cancelled('d', '2026-11-03T12:00:00Z'),
    cancelled('d', '2026-11-03T12:05:00Z'),
    refunded('e', '2026-11-03T12:00:00Z', { refund_id: 'e1', total: '50.00' }),
    refunded('f', '2026-11-03T12:00:00Z', { refund_id: 'f1' }),
    cancelled('g', '2026-11-03T12:00:00Z'),
  ],
  third: [
    ...['e', 'f', 'g'].map((id) => order(id, '2026-10-31T10:00:00Z')),
    refunded('b', '2026-12-02T12:00:00Z', { refund_id: 'b2', total: 30 }),
    refunded('s', '2026-11-03T12:00:00Z', { refund_id: 's1', shipping: 5 }),
    refunded('i', '2026-11-03T12:00:00Z', { refund_id: 'i1', revenue: 20 }),
  ],
  late: [refunded('a', '2026-11-02T11:00:00Z', { refund_id: 'a0', total: 10 })],
};

const AFTER_FIRST = `
  a | a1 | 11-02 | 40 | 0 | 0 | false
  b | b1 | 11-02 | 25 | 3 | 2 | false
  c | c1 | 11-02 | 45 | 0 | 0 | false
  d | d1 | 11-02 | 90 | 9 | 5 | false
  t | t1 | 11-02 | 50 | 0 | 0 | false`;

describe('refunds over four increments', () => {
  it('splits a refund as stated, or goods first, or in full', async () => {
    await increment(pipeline, all.first);
    await refunds(AFTER_FIRST);
    // Six orders of 90 + 9 + 5; half of c is half of 90. The refunds without the test order's.
    await days('11-02 | 6 | 0 | 540 | 200 | 42 | 23');
  });

  it('cancels what is left, counts beyond the order as goods, and takes orphans', async () => {
    await increment(pipeline, all.second);
    await refunds(`
      a | a1           | 11-02 | 40 | 0 | 0 | false
      a | a2           | 11-03 | 50 | 9 | 1 | false
      a | a3           | 11-04 | 16 | 0 | 4 | false
      b | b1           | 11-02 | 25 | 3 | 2 | false
      b | cancellation | 12-01 | 65 | 6 | 3 | false
      c | c1           | 11-02 | 45 | 0 | 0 | false
      d | d1           | 11-02 | 90 | 9 | 5 | false
      d | cancellation | 11-03 | 0  | 0 | 0 | false
      e | e1           | 11-03 | 50 | 0 | 0 | true
      f | f1           | 11-03 | 0  | 0 | 0 | true
      g | cancellation | 11-03 | 0  | 0 | 0 | true
      t | t1           | 11-02 | 50 | 0 | 0 | false`);
    await days(`
      11-02 | 6 | 0 | 540 | 200 | 42 | 23
      11-03 | 0 | 1 | 0   | 100 | -9 | -1
      11-04 | 0 | 0 | 0   | 16  | 0  | -4
      12-01 | 0 | 1 | 0   | 65  | -6 | -3`);
  });

  it('fills an orphan once its order arrives; after a cancellation nothing is added', async () => {
    await increment(pipeline, all.third);
    await refunds('e | e1 | 11-03 | 50 | 0 | 0 | false', 'e');
    await refunds('f | f1 | 11-03 | 90 | 9 | 5 | false', 'f');
    await refunds('g | cancellation | 11-03 | 90 | 9 | 5 | false', 'g');
    await refunds('i | i1 | 11-03 | 20 | 0 | 0 | false', 'i');
    await refunds('s | s1 | 11-03 | 0  | 0 | 5 | false', 's');
    await refunds(
      `b | b1           | 11-02 | 25 | 3 | 2 | false
       b | cancellation | 12-01 | 65 | 6 | 3 | false
       b | b2           | 12-02 | 0  | 0 | 0 | false`,
      'b',
    );
    await days(`
      10-31 | 3 | 0 | 270 | 0   | 27  | 15
      11-02 | 6 | 0 | 540 | 200 | 42  | 23
      11-03 | 0 | 2 | 0   | 300 | -27 | -16
      11-04 | 0 | 0 | 0   | 16  | 0   | -4
      12-01 | 0 | 1 | 0   | 65  | -6  | -3
      12-02 | 0 | 0 | 0   | 0   | 0   | 0`);
  });

  it('lets a late refund move the split of the later ones, and replays change nothing', async () => {
    await increment(pipeline, [...all.late, ...all.third, ...all.first, ...all.second]);
    await refunds(
      `a | a0 | 11-02 | 10 | 0 | 0 | false
       a | a1 | 11-02 | 40 | 0 | 0 | false
       a | a2 | 11-03 | 46 | 9 | 5 | false
       a | a3 | 11-04 | 20 | 0 | 0 | false`,
      'a',
    );
    expect(await rowsOf(pipeline.warehouse, 'select order_id from silver.refunds')).toHaveLength(
      16,
    );
    await days(`
      10-31 | 3 | 0 | 270 | 0   | 27  | 15
      11-02 | 6 | 0 | 540 | 210 | 42  | 23
      11-03 | 0 | 2 | 0   | 296 | -27 | -20
      11-04 | 0 | 0 | 0   | 20  | 0   | 0
      12-01 | 0 | 1 | 0   | 65  | -6  | -3
      12-02 | 0 | 0 | 0   | 0   | 0   | 0`);
  });
});
