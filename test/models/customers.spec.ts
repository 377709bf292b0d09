/**
 * Customers over three increments: their orders in order, what they have been worth, the segments of
 * the day, and lifetime value against the same sums made beside the warehouse.
 */
import { fitBgNbd } from '../../src/analytics/science/clv/bg-nbd.js';
import { fitGammaGamma } from '../../src/analytics/science/clv/gamma-gamma.js';
import { lifetimeValuer } from '../../src/analytics/science/clv/lifetime-value.js';
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { chance, gammaVariate, repeatPurchases } from '../support/shoppers.js';
import { cancelled, expectRows, identified, increment, placed, refunded } from './golden.js';

const DAY_MS = 86_400_000;
const MIDNIGHT = Math.floor(Date.now() / DAY_MS) * DAY_MS;
/** Ten o'clock, so many days before today. */
const ago = (days: number) => new Date(MIDNIGHT - days * DAY_MS + 10 * 3_600_000).toISOString();
const midnight = new Date(MIDNIGHT).toISOString();

const of = (category: string, price: number) => ({
  ...{ product_id: category, name: category, category, price, quantity: 1 },
});
const buys = (
  user: string,
  id: string,
  at: string,
  products: ReturnType<typeof of>[],
  rest: Record<string, number> = {},
  currency = 'USD',
) => placed(id, at, { products, ...rest }, { user, currency });

const ORDERS = `
  select order_id, customer_id, order_number,
    dateDiff('day', previous_placed_at, placed_at) as gap,
    dateDiff('day', first_placed_at, placed_at) as since, currency, revenue, refunds
  from gold.customer_orders order by customer_id, order_number`;
const VALUE = `
  select customer_id, currency, orders, revenue, refunds, net_revenue,
    round(average_order_value, 4), round(refund_share, 4), average_days_between_orders,
    favourite_category
  from gold.customer_value order by currency desc, customer_id`;
const SEGMENTS = `
  select customer_id, currency, recency_days, frequency, monetary, recency_score,
    frequency_score, monetary_score, segment
  from gold.customer_segments order by currency desc, customer_id`;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const expects = (sql: string, drawn: string) => expectRows(pipeline.warehouse, sql, drawn);

describe('customers over increments', () => {
  it('have their orders in order, their value by currency and their segments', async () => {
    await increment(
      pipeline,
      [
        buys('ann', 'a1', ago(40), [of('Kitchen', 60), of('Lighting', 40)]),
        buys('ann', 'a2', ago(20), [of('Lighting', 50)], { discount: 10 }),
        buys('ann', 'a3', ago(10), [of('Kitchen', 20), of('Garden', 10)]),
        buys('ann', 'a4', ago(15), [of('Garden', 500)], {}, 'EUR'),
        refunded('a1', ago(3), { refund_id: 'r1', total: 20, currency: 'USD' }),
        buys('ben', 'b1', ago(5), [of('Garden', 30)]),
        placed('c1', ago(5), { subtotal: 30 }, { user: 'cat' }),
        buys('dan', 'd1', ago(100), [of('Garden', 100)]),
        buys('dan', 'd2', midnight, [of('Kitchen', 100)]),
        buys('eve', 'e1', ago(300), [of('Garden', 80)]),
        cancelled('e1', ago(299)),
        buys('fay', 'f1', ago(2), [of('Garden', 10)], {}, 'EUR'),
        placed('g1', ago(7), { subtotal: 30 }, { visitor: 'guest' }),
        buys('ann', 'test', ago(1), [of('Garden', 999)], { test: 1 }),
      ],
      'all',
    );
    await expects(
      ORDERS,
      `a1 | ann | 1 | null | 0   | USD | 100 | 20
       a2 | ann | 2 | 20   | 20  | USD | 40  | 0
       a4 | ann | 3 | 5    | 25  | EUR | 500 | 0
       a3 | ann | 4 | 5    | 30  | USD | 30  | 0
       b1 | ben | 1 | null | 0   | USD | 30  | 0
       c1 | cat | 1 | null | 0   | USD | 30  | 0
       d1 | dan | 1 | null | 0   | USD | 100 | 0
       d2 | dan | 2 | 100  | 100 | USD | 100 | 0
       e1 | eve | 1 | null | 0   | USD | 80  | 80
       f1 | fay | 1 | null | 0   | EUR | 10  | 0`,
    );
    // Kitchen and Lighting brought Ann's 80 each; a discount is shared out over its order's lines.
    await expects(
      VALUE,
      `ann | USD | 3 | 170 | 20 | 150 | 56.6667 | 0.1176 | 15   | Kitchen
       ben | USD | 1 | 30  | 0  | 30  | 30      | 0      | null | Garden
       cat | USD | 1 | 30  | 0  | 30  | 30      | 0      | null | unknown
       dan | USD | 2 | 200 | 0  | 200 | 100     | 0      | 99.583333333 | Garden
       eve | USD | 1 | 80  | 80 | 0   | 80      | 1      | null | Garden
       ann | EUR | 1 | 500 | 0  | 500 | 500     | 0      | null | Garden
       fay | EUR | 1 | 10  | 0  | 10  | 10      | 0      | null | Garden`.replace(
        '99.583333333',
        String((100 * DAY_MS - 10 * 3_600_000) / DAY_MS),
      ),
    );
    await expects(
      SEGMENTS,
      `ann | USD | 10  | 3 | 150 | 2    | 5    | 4    | at_risk
       ben | USD | 5   | 1 | 30  | 3    | 1    | 2    | needs_attention
       cat | USD | 5   | 1 | 30  | 3    | 1    | 2    | needs_attention
       dan | USD | 0   | 2 | 200 | 5    | 4    | 5    | champions
       eve | USD | 300 | 1 | 0   | 1    | 1    | 1    | lost
       ann | EUR | 15  | 1 | 500 | null | null | null | unsegmented
       fay | EUR | 2   | 1 | 10  | null | null | null | unsegmented`,
    );
  });

  it('follow a guest who is identified, an order told late and a refund', async () => {
    await increment(
      pipeline,
      [
        identified('guest', 'cat', ago(1)),
        refunded('b1', ago(1), { refund_id: 'r2', total: 30, currency: 'USD' }),
        buys('ben', 'b0', ago(60), [of('Attic', 30)]),
      ],
      'all',
    );
    await expects(
      ORDERS.replace('order by', "where customer_id in ('ben', 'cat') order by"),
      `b0 | ben | 1 | null | 0  | USD | 30 | 0
       b1 | ben | 2 | 55   | 55 | USD | 30 | 30
       g1 | cat | 1 | null | 0  | USD | 30 | 0
       c1 | cat | 2 | 2    | 2  | USD | 30 | 0`,
    );
    await expects(
      VALUE.replace('order by', "where customer_id in ('ben', 'cat') order by"),
      `ben | USD | 2 | 60 | 30 | 30 | 30 | 0.5 | 55 | Attic
       cat | USD | 2 | 60 | 0  | 60 | 30 | 0   | 2  | unknown`,
    );
    // Of five: e 1, a 2, b and c 3, d 5 by recency; e, then b c d with two, then a; e b c a d.
    await expects(
      SEGMENTS.replace('order by', "where currency = 'USD' order by"),
      `ann | USD | 10  | 3 | 150 | 2 | 5 | 4 | at_risk
       ben | USD | 5   | 2 | 30  | 3 | 2 | 2 | needs_attention
       cat | USD | 5   | 2 | 60  | 3 | 2 | 3 | needs_attention
       dan | USD | 0   | 2 | 200 | 5 | 2 | 5 | champions
       eve | USD | 300 | 1 | 0   | 1 | 1 | 1 | lost`,
    );
    await expects(
      'select distinct currency, status, isNull(r) from gold.clv_fits order by currency',
      `EUR | too_few_repeat_customers | 1
       USD | too_few_repeat_customers | 1`,
    );
    await expects('select count() from gold.customer_clv where clv is not null', '0');
  });
});

const SHOPPERS = { r: 1.2, alpha: 1.5, a: 0.8, b: 2.5 };
const COUNT = 250;

/** Days before today on which customers of a third currency bought, and for how much. */
function madeUp(): { day: number; price: number }[][] {
  const random = chance(5);
  return Array.from({ length: COUNT }, () => {
    const first = 20 + Math.floor(60 * random());
    const scale = gammaVariate(4, random) / 60;
    const repeats = repeatPurchases(SHOPPERS, first / 7, random).map((week) => Math.ceil(week * 7));
    const days = new Set([first, ...repeats.map((days) => Math.max(first - days, 1))]);
    return [...days].map((day) => ({
      day,
      price: Math.ceil((100 * gammaVariate(6, random)) / scale) / 100,
    }));
  });
}

it('lifetime value is what the functions say of histories counted by hand', async () => {
  const customers = madeUp();
  const events: BronzeEvent[] = customers.flatMap((purchases, customer) =>
    purchases.map(({ day, price }) =>
      buys(`k${customer}`, `k${customer}-${day}`, ago(day), [of('Kitchen', price)], {}, 'CHF'),
    ),
  );
  // Two orders of a day are one purchase, and today's are not yet in it.
  events.push(buys('k1', 'k1-again', ago(customers[1]![0]!.day), [of('Garden', 7)], {}, 'CHF'));
  events.push(buys('k1', 'k1-today', midnight, [of('Garden', 7)], {}, 'CHF'));
  await increment(pipeline, events, 'all');
  const histories = customers.map((purchases) => {
    const days = purchases.map(({ day }) => day);
    const repeat = purchases.slice(1).map(({ price }) => price);
    const frequency = repeat.length;
    return {
      frequency,
      recency: (days[0]! - days.at(-1)!) / 7,
      age: days[0]! / 7,
      customers: 1,
      meanSpend: frequency === 0 ? 0 : repeat.reduce((sum, price) => sum + price, 0) / frequency,
    };
  });
  const purchases = fitBgNbd(histories);
  const spend = fitGammaGamma(
    histories
      .filter(({ frequency }) => frequency > 0)
      .map(({ frequency, meanSpend }) => ({ purchases: frequency, meanSpend })),
  );
  expect([purchases.hasConverged, spend.hasConverged]).toEqual([true, true]);
  const { warehouse } = pipeline;
  const fit = await warehouse.queryOne<Record<string, number>>(
    'reader',
    "select * from gold.clv_fits where currency = 'CHF'",
  );
  expect(fit).toMatchObject({ status: 'fitted', customers: COUNT });
  expect(fit['log_likelihood']).toBeCloseTo(purchases.logLikelihood, 6);
  expect(fit['spend_log_likelihood']).toBeCloseTo(spend.logLikelihood, 6);
  expect(fit['held_out_days']).toBe(Math.floor(Math.max(...customers.map((p) => p[0]!.day)) / 3));
  const heldOut = customers
    .filter(([first]) => first!.day > fit['held_out_days']!)
    .map((own) => own.filter(({ day }) => day <= fit['held_out_days']!).length);
  expect(fit['calibration_customers']).toBe(heldOut.length);
  expect(fit['actual_orders']).toBe(heldOut.reduce((sum, orders) => sum + orders, 0));
  // They buy as the model says, so it foretells what they do.
  const foretold = fit['predicted_orders']! / fit['actual_orders']!;
  expect(Math.abs(foretold - 1)).toBeLessThan(0.15);
  const valueOf = lifetimeValuer(purchases, spend);
  const rows = await warehouse.query<{ customer_id: string; clv: string; p_alive: number | null }>(
    'reader',
    "select customer_id, clv, p_alive from gold.customer_clv where currency = 'CHF'",
  );
  expect(rows).toHaveLength(COUNT);
  for (const { customer_id: id, clv, p_alive: alive } of rows) {
    const history = histories[Number(id.slice(1))]!;
    const spender = { purchases: history.frequency, meanSpend: history.meanSpend };
    expect(Number(clv)).toBeCloseTo(valueOf(history, spender).value, 3);
    expect(alive === null).toBe(history.frequency === 0);
  }
});

it('fits of earlier days stand as they were made', async () => {
  const { warehouse } = pipeline;
  await warehouse.command(
    'writer',
    `insert into gold.clv_fits (as_of, currency, status, customers, repeat_customers, r)
     select as_of - interval 1 day, currency, status, customers - 1, repeat_customers, r
     from gold.clv_fits where currency = 'CHF'`,
  );
  await increment(pipeline, [buys('zoe', 'z1', ago(4), [of('Kitchen', 1)], {}, 'CHF')], 'all');
  await expects(
    `select dateDiff('day', as_of, today()), customers, isNull(r) from gold.clv_fits
     where currency = 'CHF' order by as_of`,
    `1 | ${COUNT - 1} | 0
     0 | ${COUNT + 1} | 0`,
  );
});
