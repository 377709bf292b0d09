/**
 * Amounts in other currencies, converted at the rate of the order's day: late, corrected and missing
 * rates, orders that move, refunds that come later, another reporting currency.
 */
import { loadProject } from '../../src/analytics/project.js';
import type { TestPipeline } from '../support/pipeline.js';
import { createRunner, loadBronze, openTestPipeline } from '../support/pipeline.js';
import { loadRecords, type BronzeRecord } from '../support/records.js';
import {
  dump,
  expectRows,
  LEDGER_LESS_AGGREGATE,
  line,
  placed,
  refunded,
  runOnce,
  skipLookback,
  startAnew,
} from './golden.js';

const CONVERTED = [
  'silver.converted_sales',
  'gold.fct_sales',
  'gold.sales_15m',
  'gold.product_15m',
];

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

let read = 0;
const rate = (day: string, base: string, quote: string, value: string): BronzeRecord => ({
  ...{ origin: 'file', source: 'fx_rates', entity: 'fx_rates', id: `${day}/${base}/${quote}` },
  at: new Date(Date.UTC(2026, 11, 1) + 1000 * (read += 1)).toISOString(),
  fields: { date: day, base, quote, rate: value },
});
const order = (id: string, at: string, currency: string, total: number, discount = 0) =>
  placed(id, at, { products: [line('p1', 1, total)], discount }, { currency });

const SALES = `
  select formatDateTime(bucket_at, '%m-%d') as day, currency, is_converted, sum(s.entries),
    sum(s.orders), sum(s.gross), sum(s.discount), sum(s.refunds)
  from gold.sales_15m as s group by day, currency, is_converted
  order by day, currency, is_converted`;
const rows = (sql: string, drawn: string) => expectRows(pipeline.warehouse, sql, drawn);
const states = async () =>
  Object.fromEntries((await pipeline.runner.state.modelStates()).map((s) => [s.model, s.status]));

const EUR = order('o-eur', '2026-11-05T10:00:00Z', 'EUR', 100, 10);
const FIRST = [
  order('o-usd', '2026-11-05T10:00:00Z', 'USD', 50),
  EUR,
  order('o-jpy', '2026-11-07T10:00:00Z', 'JPY', 10_000),
];
const RATES = [
  rate('2026-11-05', 'EUR', 'USD', '1.1'),
  rate('2026-11-06', 'EUR', 'USD', '1.08'),
  rate('2026-11-06', 'EUR', 'JPY', '160'),
];
const CORRECTED = rate('2026-11-05', 'EUR', 'USD', '1.2');
const REFUND = refunded('o-eur', '2026-11-20T10:00:00Z', {}, { currency: 'EUR' });
const KWD = order('o-kwd', '2026-11-10T10:00:00Z', 'KWD', 5.125);
const OCTOBER = order('o-october', '2026-10-10T10:00:00Z', 'USD', 7);
const DINAR = rate('2026-11-04', 'USD', 'KWD', '0.32');
const EARLIER = { ...EUR, at: '2026-11-03T10:00:00Z', messageId: 'earlier' };
const MONDAY = rate('2026-11-02', 'EUR', 'USD', '1.05');

describe('increments', () => {
  it('leave orders in their own currencies while no rate stands', async () => {
    await loadBronze(pipeline.warehouse, FIRST);
    await runOnce(pipeline);
    await rows(
      SALES,
      `11-05 | EUR | false | 1 | 1 | 100   | 10 | 0
       11-05 | USD | false | 1 | 1 | 50    | 0  | 0
       11-07 | JPY | false | 1 | 1 | 10000 | 0  | 0`,
    );
  });

  it('convert what stands when rates come: that of the day, else the last one before', async () => {
    await loadRecords(pipeline.warehouse, RATES);
    await runOnce(pipeline);
    await rows(
      SALES,
      `11-05 | EUR | false | 1 | 1 | 100   | 10 | 0
       11-05 | USD | false | 1 | 1 | 50    | 0  | 0
       11-05 | USD | true  | 1 | 1 | 110   | 11 | 0
       11-07 | JPY | false | 1 | 1 | 10000 | 0  | 0
       11-07 | USD | true  | 1 | 1 | 67.5  | 0  | 0`,
    );
    await rows(
      'select order_id, rate, rate_date from silver.converted_sales order by order_id',
      `o-eur | 1.1     | 2026-11-05
       o-jpy | 0.00675 | 2026-11-06`,
    );
  });

  it('convert anew at a corrected rate, and a later refund at the rate of its order', async () => {
    await loadRecords(pipeline.warehouse, [CORRECTED]);
    await loadBronze(pipeline.warehouse, [REFUND]);
    await runOnce(pipeline);
    await rows(
      `select day, gross, discount, refunds from (${SALES.replaceAll('sum(s.gross)', 'sum(s.gross) as gross').replaceAll('sum(s.discount)', 'sum(s.discount) as discount').replaceAll('sum(s.refunds)', 'sum(s.refunds) as refunds')})
       where is_converted`,
      `11-05 | 120  | 12 | 0
       11-07 | 67.5 | 0  | 0
       11-20 | 0    | 0  | 108`,
    );
  });

  it('credit campaigns with all orders, and weigh them against all spend', async () => {
    const spend = { campaign: 'spring', source: 'ads', medium: 'cpc', updated_at: null };
    const record = (id: string, currency: string, cost: string): BronzeRecord => ({
      ...{ origin: 'file', source: 'ads', entity: 'ad_spend', id, at: '2026-12-01T00:00:00Z' },
      fields: { ...spend, date: '2026-11-06', spend: cost, currency, impressions: 5, clicks: 2 },
    });
    await loadRecords(pipeline.warehouse, [
      record('euro', 'EUR', '10'),
      record('dollar', 'USD', '3'),
    ]);
    await runOnce(pipeline, 'all');
    await rows(
      `select kind, currency, is_converted, sum(c.entries), sum(c.orders), sum(c.credited_orders),
         sum(c.revenue), sum(c.refunds), sum(c.spend), sum(c.clicks)
       from gold.campaign_15m as c where attribution_model in ('', 'last') and currency not in ('', 'JPY')
       group by kind, currency, is_converted order by all`,
      `credit | EUR | false | 2 | 0 | 1 | 90    | 90  | 0    | 0
       credit | USD | false | 1 | 0 | 1 | 50    | 0   | 0    | 0
       credit | USD | true  | 3 | 0 | 2 | 175.5 | 108 | 0    | 0
       order  | EUR | false | 1 | 1 | 0 | 90    | 0   | 0    | 0
       order  | USD | false | 1 | 1 | 0 | 50    | 0   | 0    | 0
       order  | USD | true  | 2 | 2 | 0 | 175.5 | 0   | 0    | 0
       spend  | EUR | false | 1 | 0 | 0 | 0     | 0   | 10   | 2
       spend  | USD | false | 1 | 0 | 0 | 0     | 0   | 3    | 2
       spend  | USD | true  | 1 | 0 | 0 | 0     | 0   | 10.8 | 2`,
    );
  });

  it('hold the month of an order without a rate, and no other', async () => {
    await loadBronze(pipeline.warehouse, [
      KWD,
      OCTOBER,
      order('o-usd-2', '2026-11-10T10:00:00Z', 'USD', 1),
    ]);
    const run = await pipeline.runner.run({ target: 'streaming', trigger: 'request' });
    await skipLookback(pipeline.controlDb);
    expect(run.status).toBe('held');
    expect(run.models['gold.sales_15m']).toMatchObject({
      status: 'held',
      reason: 'The check every_order_has_a_rate failed for 1 row.',
    });
    expect(await states()).toMatchObject({
      'gold.sales_15m': 'held',
      'gold.product_15m': 'held',
      'silver.orders': 'ok',
    });
    await rows(
      `select toYYYYMM(bucket_at) as month, sum(s.orders) from gold.sales_15m as s
       where not is_converted group by month order by month`,
      `202610 | 1
       202611 | 3`,
    );
  });

  it('publish all of it once the rate is loaded', async () => {
    await loadRecords(pipeline.warehouse, [DINAR]);
    await runOnce(pipeline);
    expect(await states()).toMatchObject({ 'gold.sales_15m': 'ok', 'gold.product_15m': 'ok' });
    await rows(
      `select currency, is_converted, sum(s.orders), sum(s.gross) from gold.sales_15m as s
       where toDate(bucket_at) = '2026-11-10' group by all order by all`,
      `KWD | false | 1 | 5.125
       USD | false | 1 | 1
       USD | true  | 1 | 16.015625`,
    );
  });

  it('follow an order to another day, with its refund', async () => {
    await loadRecords(pipeline.warehouse, [MONDAY]);
    await loadBronze(pipeline.warehouse, [EARLIER]);
    await runOnce(pipeline);
    await rows(
      `select entry, toDate(occurred_at), rate, gross, discount, refunds from gold.fct_sales
       where order_id = 'o-eur' and is_converted order by occurred_at`,
      `placement | 2026-11-03 | 1.05 | 105 | 10.5 | 0
       refund    | 2026-11-20 | 1.05 | 0   | 0    | 94.5`,
    );
    await rows(LEDGER_LESS_AGGREGATE, '0 | 0 | 0 | 0 | 0 | 0 | 0');
  });

  it('leave what one load of all of it leaves', async () => {
    const incremental = await dump(pipeline, CONVERTED);
    await startAnew(pipeline);
    const events = [...FIRST, REFUND, KWD, OCTOBER, EARLIER];
    await loadBronze(pipeline.warehouse, [
      ...events,
      order('o-usd-2', '2026-11-10T10:00:00Z', 'USD', 1),
    ]);
    await loadRecords(pipeline.warehouse, [...RATES, CORRECTED, DINAR, MONDAY]);
    await runOnce(pipeline);
    const whole = await dump(pipeline, CONVERTED);
    for (const name of CONVERTED) expect([name, whole[name]]).toEqual([name, incremental[name]]);
  });
});

describe('another reporting currency', () => {
  it('makes anew what was converted, and nothing of what is stated', async () => {
    const { warehouse, controlDb } = pipeline;
    await loadRecords(warehouse, [
      rate('2026-11-02', 'EUR', 'JPY', '158.5'),
      rate('2026-11-05', 'EUR', 'JPY', '160'),
      rate('2026-11-10', 'EUR', 'JPY', '161'),
      rate('2026-11-10', 'EUR', 'KWD', '0.35'),
      rate('2026-11-10', 'EUR', 'USD', '1.07'),
      rate('2026-10-09', 'EUR', 'JPY', '155'),
      rate('2026-10-09', 'EUR', 'USD', '1'),
    ]);
    const hash = async () =>
      (await pipeline.runner.state.modelStates(['silver.orders']))[0]!.definitionHash;
    const before = await hash();
    await pipeline.runner.stop();
    const project = loadProject(undefined, { reportingCurrency: 'JPY' });
    pipeline.runner = createRunner(warehouse, controlDb, project);
    await pipeline.runner.lead();
    await runOnce(pipeline, 'all');
    expect(await hash()).toBe(before);
    await rows(
      `select order_id, order_currency, currency, rate, gross from gold.fct_sales
       where entry = 'placement' and is_converted order by order_id`,
      `o-eur     | EUR | JPY | 158.5                  | 15850
       o-kwd     | KWD | JPY | 460                    | 2357.5
       o-october | USD | JPY | 155                    | 1085
       o-usd     | USD | JPY | 133.333333333333333333 | 6666.666667
       o-usd-2   | USD | JPY | 150.467289719626168224 | 150.46729`,
    );
  });
});
