/** To which sessions orders are owed: by hand for each model, and what may change it later. */
import { loadBronze, openTestPipeline, type BronzeEvent } from '../support/pipeline.js';
import type { TestPipeline } from '../support/pipeline.js';
import { deleted, loadRecords, sourceOf } from '../support/records.js';
import { dumpStored, expectRows, identified, line, placed, refunded, rowsOf } from './golden.js';
import { runOnce } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const at = (day: number, time = '10:00') =>
  `2026-11-${String(day).padStart(2, '0')}T${time}:00.000Z`;

const CAMPAIGNS = {
  spring: { channel: 'paid_search', utm: { source: 'google', medium: 'cpc', campaign: 'Spring' } },
  weekly: { channel: 'email', utm: { source: 'news', medium: 'email', campaign: 'weekly' } },
  social: { channel: 'paid_social', utm: { source: 'fb', medium: 'cpm', campaign: 'social' } },
  direct: { channel: 'direct' },
} as const;

/** A session of one page. */
const visit = (visitor: string, when: string, campaign: keyof typeof CAMPAIGNS): BronzeEvent => ({
  ...{ call: 'page', visitor, at: when, page: `/${campaign}` },
  ...CAMPAIGNS[campaign],
});

/** Goods of 100: 110 less a discount. */
const order = (id: string, visitor: string, when: string, more: Partial<BronzeEvent> = {}) =>
  placed(id, when, { products: [line('p1', 1, 110)], discount: 10 }, { visitor, ...more });

/** An order of 100 that the shop's database tells of. */
const shop = sourceOf('shop_database', 'erp');
const told = (id: string, when: string, customerId: string | null) =>
  shop.line(id, 1, when, { placed_at: when, customer_id: customerId });

async function load(events: BronzeEvent[], records: ReturnType<typeof told>[] = []) {
  if (events.length > 0) await loadBronze(pipeline.warehouse, events);
  await loadRecords(pipeline.warehouse, records);
  await runOnce(pipeline, 'all');
}

const MODELS = ['first', 'last', 'last_non_direct', 'linear', 'position_based', 'time_decay'];
const ALIKE = MODELS.map((model) => `'${model}'`).join(', ');
/** Each touch of an order: campaign or else channel, and its weights in the order of MODELS. */
const weightsOf = (orders: string) => `
  select order_id, position, any(if(a.utm_campaign in ('none', 'unknown'), channel, a.utm_campaign)),
    arrayStringConcat(arrayMap(w -> toString(w.2), arraySort(groupArray(
      (indexOf([${ALIKE}], toString(attribution_model)), round(toFloat64(weight), 6))))), ' ')
  from gold.fct_attribution as a
  where entry = 'placement' and match(order_id, '^(${orders})$')
  group by order_id, position order by order_id, position`;

/** What an order brought each channel and what was taken back of it, by the day. */
const moneyOf = (orderId: string, model: string) => `
  select formatDateTime(occurred_at, '%d') as day, channel, currency, a.revenue, a.refunds
  from gold.fct_attribution as a
  where order_id = '${orderId}' and attribution_model = '${model}'
  order by day, a.entry, position`;

/** The ledger less each model's credits, in the facts and in the aggregate: nothing remains. */
const LEFT_OVER = `
  with credited as (
    select attribution_model, currency, revenue, refunds, toDecimal128(credited_orders, 12) as orders
    from gold.fct_attribution
    union all
    select attribution_model, currency, revenue, refunds, credited_orders
    from gold.campaign_15m where kind = 'credit'
  ),
  models as (select arrayJoin([${ALIKE}]) as attribution_model),
  sold as (
    select attribution_model, currency, 2 * (toDecimal128(s.gross, 6) - s.discount) as revenue,
      2 * toDecimal128(s.refunds, 6) as refunds, 2 * toDecimal128(s.orders, 12) as orders
    from gold.fct_sales as s cross join models
  )
  select attribution_model, currency, sum(revenue) as r, sum(refunds) as b, sum(orders) as n
  from (select * from sold union all
    select attribution_model, currency, -revenue, -refunds, -orders from credited)
  group by all having r != 0 or b != 0 or n != 0`;

async function expectTheWholeLedger(): Promise<void> {
  expect(await rowsOf(pipeline.warehouse, LEFT_OVER)).toEqual([]);
}

it('credits orders by each model as by hand', async () => {
  await load(
    [
      // Three touches: 14 days, 7 days and no time before the order.
      visit('v3', at(1), 'spring'),
      visit('v3', at(8), 'weekly'),
      visit('v3', at(15), 'direct'),
      order('three', 'v3', at(15)),
      // Two; a session before the lookback counts in none.
      visit('v2', '2026-10-15T09:59:59.999Z', 'social'),
      visit('v2', at(7), 'weekly'),
      visit('v2', at(14), 'direct'),
      order('two', 'v2', at(14)),
      // One, on the very edge of the lookback, and one after the order.
      visit('v1', '2026-10-15T10:00:00.000Z', 'spring'),
      identified('v1', 'ann', '2026-10-15T10:01:00.000Z'),
      visit('v1', at(14, '10:01'), 'weekly'),
      // Directly each time.
      visit('vd', at(3), 'direct'),
      visit('vd', at(10), 'direct'),
      order('zdirect', 'vd', at(10)),
      // On two devices of one customer; on a third that is another's since.
      visit('phone', at(2), 'social'),
      identified('phone', 'bob', at(2, '10:01')),
      visit('desk', at(9), 'weekly'),
      { ...order('devices', 'desk', at(9, '10:05')), user: 'bob' },
      visit('family', at(3), 'spring'),
      identified('family', 'bob', at(3, '10:01')),
      visit('family', at(4), 'weekly'),
      identified('family', 'eve', at(4, '10:01')),
      visit('family', at(5), 'social'),
      // In another currency, and five touches.
      ...[1, 2, 3, 4, 5].map((day) => visit('v5', at(day), 'weekly')),
      order('five', 'v5', at(5, '10:01'), { currency: 'EUR' }),
    ],
    [told('one', at(14), 'ann'), told('nobody', at(14), null), told('stranger', at(14), 'cyd')],
  );
  await expectRows(
    pipeline.warehouse,
    weightsOf('.*'),
    `
    devices  | 1 | social  | 1 0 0 0.25 0.4 0.18786
    devices  | 2 | Spring  | 0 0 0 0.25 0.1 0.207415
    devices  | 3 | weekly  | 0 0 0 0.25 0.1 0.229004
    devices  | 4 | weekly  | 0 1 1 0.25 0.4 0.375721
    five     | 1 | weekly  | 1 0 0 0.2 0.4 0.16247
    five     | 2 | weekly  | 0 0 0 0.2 0.066667 0.179381
    five     | 3 | weekly  | 0 0 0 0.2 0.066667 0.198053
    five     | 4 | weekly  | 0 0 0 0.2 0.066667 0.218668
    five     | 5 | weekly  | 0 1 1 0.2 0.4 0.241429
    nobody   | 1 | unknown | 1 1 1 1 1 1
    one      | 1 | Spring  | 1 1 1 1 1 1
    stranger | 1 | unknown | 1 1 1 1 1 1
    three    | 1 | Spring  | 1 0 0 0.333333 0.4 0.142857
    three    | 2 | weekly  | 0 0 1 0.333333 0.2 0.285714
    three    | 3 | direct  | 0 1 0 0.333333 0.4 0.571429
    two      | 1 | weekly  | 1 0 1 0.5 0.5 0.333333
    two      | 2 | direct  | 0 1 0 0.5 0.5 0.666667
    zdirect  | 1 | direct  | 1 0 0 0.5 0.5 0.333333
    zdirect  | 2 | direct  | 0 1 1 0.5 0.5 0.666667`,
  );
  await expectTheWholeLedger();
});

it('takes refunds back where the credit was given, on their own day', async () => {
  await load([
    refunded('three', at(20), { total: 10 }, { visitor: 'v3' }),
    { event: 'Order Cancelled', at: at(21), visitor: 'v3', properties: { order_id: 'three' } },
  ]);
  await expectRows(
    pipeline.warehouse,
    moneyOf('three', 'linear'),
    `
    15 | paid_search | USD | 33.333333 | 0
    15 | email       | USD | 33.333334 | 0
    15 | direct      | USD | 33.333333 | 0
    20 | paid_search | USD | 0 | 3.333333
    20 | email       | USD | 0 | 3.333334
    20 | direct      | USD | 0 | 3.333333
    21 | paid_search | USD | 0 | 30
    21 | email       | USD | 0 | 30
    21 | direct      | USD | 0 | 30`,
  );
  await expectTheWholeLedger();
});

const CREDITS = `select * except (first_entry_at, last_entry_at) from gold.attribution_credits
  where attribution_version = 1 and order_id in ('devices', 'one', 'three')
  order by order_id, position`;

it('lets credits stand when devices turn out to be one customer’s, and late sessions come', async () => {
  const before = await rowsOf(pipeline.warehouse, CREDITS);
  await load([
    visit('tablet', at(1), 'social'),
    identified('tablet', 'bob', at(22)),
    visit('v3', at(14), 'social'),
    identified('v3', 'ann', at(22)),
    // What dirties the order does not unfreeze it.
    placed('devices', at(9, '10:06'), { products: [line('p1', 1, 90)] }, { visitor: 'desk' }),
  ]);
  expect(await rowsOf(pipeline.warehouse, CREDITS)).toEqual(before);
  await expectTheWholeLedger();
});

it('makes them anew where nothing was known, or not yet the session of the order', async () => {
  await load(
    [visit('vx', at(6), 'spring'), identified('vx', 'dee', at(6, '10:01'))],
    [told('moved', at(12, '10:02'), 'dee')],
  );
  await expectRows(pipeline.warehouse, weightsOf('moved'), 'moved | 1 | Spring | 1 1 1 1 1 1');
  await load([
    visit('vc', at(5), 'weekly'),
    identified('vc', 'cyd', at(23)),
    visit('vx', at(12), 'weekly'),
    order('moved', 'vx', at(12, '10:02')),
  ]);
  await expectRows(
    pipeline.warehouse,
    weightsOf('moved|stranger'),
    `
    moved    | 1 | Spring | 1 0 0 0.5 0.5 0.355689
    moved    | 2 | weekly | 0 1 1 0.5 0.5 0.644311
    stranger | 1 | weekly | 1 1 1 1 1 1`,
  );
  await expectTheWholeLedger();
});

it('makes others beside them by a new version of the rules', async () => {
  const before = await rowsOf(pipeline.warehouse, CREDITS);
  await pipeline.warehouse.command(
    'pipeline',
    `insert into bronze.attribution_rules (attribution_version, lookback_days, half_life_days,
       first_share, last_share) values (2, 60, 14, 0.3, 0.5)`,
  );
  await runOnce(pipeline, 'all');
  expect(await rowsOf(pipeline.warehouse, CREDITS)).toEqual(before);
  await expectRows(
    pipeline.warehouse,
    weightsOf('two|three'),
    `
    three | 1 | Spring | 1 0 0 0.166667 0.3 0.049813
    three | 2 | Spring | 0 0 0 0.166667 0.05 0.11558
    three | 3 | weekly | 0 0 0 0.166667 0.05 0.163454
    three | 4 | social | 0 0 0 0.166667 0.05 0.219993
    three | 5 | weekly | 0 0 1 0.166667 0.05 0.220001
    three | 6 | direct | 0 1 0 0.166667 0.5 0.231159
    two   | 1 | social | 1 0 0 0.333333 0.3 0.117107
    two   | 2 | weekly | 0 0 1 0.333333 0.2 0.365706
    two   | 3 | direct | 0 1 0 0.333333 0.5 0.517187`,
  );
  await expectTheWholeLedger();
});

it('forgets the credits of an order that its source deleted', async () => {
  const rows = () =>
    rowsOf(
      pipeline.warehouse,
      `select order_id from gold.attribution_credits where order_id = 'one'`,
    );
  expect((await rows()).length).toBeGreaterThan(1);
  await load([], [deleted(told('one', at(14), 'ann'), at(24))]);
  expect(await rows()).toEqual([]);
  await expectTheWholeLedger();
});

it('has nothing left to do', async () => {
  const before = await dumpStored(pipeline);
  await runOnce(pipeline, 'all');
  expect(await dumpStored(pipeline)).toEqual(before);
});
