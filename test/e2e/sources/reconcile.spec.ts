/** The shop's database against the warehouse: agreement, every kind of difference, and its mending. */
import type { ReconciledDay } from '../../../src/modules/pipelines/reconciliation.js';
import { orderCompleted, startTestService } from '../../support/service.js';
import { createTestShop, type TestShop } from '../../support/shop.js';
import { until } from '../../support/spawned-service.js';
import { ExtractingService } from './extracting.js';

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'] as const;
const [FIRST, SECOND, THIRD, END] = DAYS;
const NOTHING = { orders: 0, units: '0', gross: '0.00', refunds: '0.00' };
const AGREEMENT = { missing: 0, extra: 0, differing: 0 };

interface Job {
  id: string;
  status: 'running' | 'done' | 'failed';
  is_reconciled: boolean | null;
  days: ReconciledDay[];
  error: { code: string; detail: string } | null;
}

let shop: TestShop;
let warehouse: ExtractingService;

/** Six orders in three days; two rows are older than the last pass, whatever is told of them. */
async function openShop(): Promise<void> {
  shop = await createTestShop();
  await shop.addUser('ann', { at: `${FIRST}T08:00:00Z` });
  await shop.addItem('mug', 10, `${FIRST}T08:00:00Z`);
  await shop.place('A', {
    at: `${FIRST}T09:00:00Z`,
    user: 'ann',
    lines: [
      { quantity: 2, tax: 1 },
      { item: 'lamp', price: 12.5, discount: 0.5 },
    ],
  });
  const [refunded] = await shop.place('B', {
    at: `${FIRST}T23:59:59.999Z`,
    lines: [{ quantity: 3 }],
  });
  await shop.refund(refunded!, 12);
  await shop.place('C', { at: `${SECOND}T00:00:00Z`, lines: [{ tax: 2, shipping: 3 }] });
  await shop.cancel('C');
  await shop.place('D', { at: `${THIRD}T12:00:00Z`, status: 'pending' });
}

async function tryReconcile(from: string = FIRST, to: string = END): Promise<Job> {
  const { id } = await warehouse.api<Job>('POST', 'reconciliations', { from, to });
  return until(async () => {
    const job = await warehouse.api<Job>('GET', `reconciliations/${id}`);
    return job.status === 'running' ? undefined : job;
  });
}

async function reconcile(): Promise<Job> {
  const job = await tryReconcile();
  expect(job).toMatchObject({ status: 'done', error: null });
  return job;
}

/** Days and sources that differ, with how. */
const differing = ({ days }: Job) =>
  days
    .filter((day) => !day.is_reconciled)
    .map(({ day, source, differences: { missing_ids, extra_ids, differing_ids } }) => ({
      ...{ day, source },
      ids: { missing: missing_ids, extra: extra_ids, differing: differing_ids },
    }));

const difference = (day: string, source: string, ids: object) => ({
  ...{ day, source },
  ids: { missing: [], extra: [], differing: [], ...ids },
});

async function completenessOf(day: string, key: string): Promise<string> {
  const to = DAYS[DAYS.indexOf(day as typeof FIRST) + 1];
  const path = `/api/v1/sales/summary?metrics=orders&from=${day}&to=${to}&compare=none`;
  const answer = (await (await warehouse.service.get(path, key)).json()) as {
    meta: { completeness: string };
  };
  return answer.meta.completeness;
}

/** What sales answers say of each day; they may be some seconds behind a reconciliation. */
async function expectCompleteness(expected: string[]): Promise<void> {
  const key = await warehouse.service.key('sales:read');
  let answers: string[] = [];
  const asked = until(async () => {
    answers = await Promise.all(DAYS.slice(0, 3).map((day) => completenessOf(day, key)));
    return JSON.stringify(answers) === JSON.stringify(expected) ? true : undefined;
  });
  await asked.catch(() => expect(answers).toEqual(expected));
}

async function refundsOf(order: string): Promise<string> {
  const [found] = await warehouse.rows<{ sum: string }>(
    `select toString(sum(goods + tax + shipping)) as sum from gold.fct_refunds
     where order_id = '${order}'`,
  );
  return found!.sum;
}

async function differencesMetric(): Promise<string[]> {
  const text = await (await fetch(`${warehouse.service.url}/metrics`)).text();
  return text.split('\n').filter((line) => /^cartograph_reconciliation_differences\{/.test(line));
}

describe('a reconciliation', () => {
  beforeAll(async () => {
    await openShop();
    warehouse = await ExtractingService.open(shop.url);
    await warehouse.send(orderCompleted('A', { at: `${FIRST}T09:00:01Z`, price: 99, user: 'ann' }));
    await warehouse.send(orderCompleted('D', { at: `${THIRD}T12:00:01Z`, price: 10 }));
  });
  afterAll(() => warehouse.stop());

  it('agrees on orders of which both events and the database tell', async () => {
    const { is_reconciled, days } = await reconcile();
    expect(is_reconciled).toBe(true);
    const totals = (orders: number, units: string, gross: string, refunds: string) => ({
      ...{ orders, units, gross, refunds },
    });
    const expected = [
      { day: FIRST, both: totals(2, '6', '62.50', '12.00') },
      { day: SECOND, both: totals(1, '1', '10.00', '15.00') },
      { day: THIRD, both: totals(1, '1', '10.00', '0.00') },
    ];
    expect(days).toMatchObject(
      expected.map(({ day, both }) => ({
        ...{ day, source: 'oneshop', shop: both, warehouse: both },
        ...{ differences: AGREEMENT, is_reconciled: true },
      })),
    );
    await expectCompleteness(['complete', 'complete', 'complete']);
  });

  it('agrees when events tell of a refund that the shop does not know', async () => {
    await warehouse.send({
      ...{ type: 'track', event: 'Order Refunded', messageId: 'refund-D', anonymousId: 'v' },
      timestamp: new Date().toISOString(),
      properties: { order_id: 'D', currency: 'USD', total: 10 },
    });
    await warehouse.run();
    expect(await refundsOf('D')).toBe('10');
    expect(differing(await reconcile())).toEqual([]);
    expect(await refundsOf('D')).toBe('0');
  });

  it('names what is missing, what is too much and what differs, by day and source', async () => {
    await warehouse.send(orderCompleted('tracked', { at: `${SECOND}T01:00:00Z`, price: 7 }));
    const now = new Date().toISOString();
    const lines = [{ quantity: -1 }];
    await shop.place('E', { at: `${SECOND}T02:00:00Z`, updatedAt: now, lines });
    await warehouse.rows(
      `insert into bronze.records select * replace (now64(3) as version_at, now64(3) as _loaded_at,
         'tampered' as content_hash, replaceOne(payload, '"quantity":"2"', '"quantity":"20"') as payload)
       from bronze.records where entity = 'order_lines' and record_id = '1'`,
    );
    const job = await reconcile();
    expect(job.is_reconciled).toBe(false);
    expect(differing(job)).toEqual([
      difference(FIRST, 'oneshop', { differing: ['A'] }),
      difference(SECOND, 'oneshop', { missing: ['E'] }),
      difference(SECOND, 'web', { extra: ['tracked'] }),
    ]);
    expect(job.days.find(({ source }) => source === 'web')).toMatchObject({
      shop: NOTHING,
      warehouse: { orders: 1, units: '1', gross: '7.00', refunds: '0.00' },
      differences: { missing: 0, extra: 1, differing: 0 },
    });
    expect(job.days[0]).toMatchObject({ shop: { units: '6' }, warehouse: { units: '24' } });
  });

  it('says so in the answers over those days, and in the metrics', async () => {
    await expectCompleteness(['unreconciled', 'unreconciled', 'complete']);
    expect(await differencesMetric()).toEqual(
      ['missing', 'extra', 'differing'].map(
        (kind) => `cartograph_reconciliation_differences{source="oneshop",kind="${kind}"} 1`,
      ),
    );
  });

  it('takes that back once it is mended', async () => {
    await shop.place('tracked', { at: `${SECOND}T01:00:00Z`, lines: [{ price: 7 }] });
    await shop.edit('purchases', ['order_number', 'E'], { quantity: 1 });
    await warehouse.extract({ full: true });
    const job = await reconcile();
    expect([job.is_reconciled, differing(job)]).toEqual([true, []]);
    await expectCompleteness(['complete', 'complete', 'complete']);
    expect(await differencesMetric()).toEqual(
      ['missing', 'extra', 'differing'].map(
        (kind) => `cartograph_reconciliation_differences{source="oneshop",kind="${kind}"} 0`,
      ),
    );
  });

  it('brings back by itself what was taken for deleted', async () => {
    await warehouse.rows(
      `insert into bronze.records select * replace (now64(3) as version_at, now64(3) as _loaded_at,
         true as is_deleted, 'deleted' as content_hash)
       from bronze.records
       where entity = 'order_lines' and JSONExtractString(payload, 'order_id') = 'D'`,
    );
    await warehouse.run();
    expect(await warehouse.orderIds()).toEqual(['A', 'B', 'C', 'E', 'tracked']);
    expect((await reconcile()).is_reconciled).toBe(true);
    expect(await warehouse.orderIds()).toEqual(['A', 'B', 'C', 'D', 'E', 'tracked']);
  });

  it('fails in the words of the extraction that failed', async () => {
    await shop.rows('alter table users rename country to land');
    const { status, error } = await tryReconcile();
    await shop.rows('alter table users rename land to country');
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'source_mismatch' });
    expect(error!.detail).toContain('country');
    expect(error!.detail).not.toContain('SHOP_DATABASE_URL');
  });

  it.each([
    ['without a day', FIRST, FIRST],
    ['backwards', SECOND, FIRST],
    ['of another form', '2026-3-02', END],
    ['in figures alone', '20260302', END],
    ['of a day that is none', '2026-02-30', END],
    ['beyond ten years', '2016-01-01', END],
  ])('refuses a range %s', async (_, from, to) => {
    const refused = await warehouse.request('POST', 'reconciliations', { from, to });
    expect(await refused.json()).toMatchObject({ status: 400, code: 'invalid_range' });
  });

  it('refuses a range that is no text, and an id that it does not know', async () => {
    const refused = await warehouse.request('POST', 'reconciliations', { from: 5, to: END });
    expect([refused.status, await refused.json()]).toMatchObject([400, { status: 400 }]);
    const unknown = await warehouse.request('GET', `reconciliations/${'0'.repeat(8)}`);
    expect(await unknown.json()).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('without a shop database a reconciliation', () => {
  it('is refused in words', async () => {
    const service = await startTestService();
    const refused = await fetch(`${service.url}/api/v1/pipelines/reconciliations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await service.key('pipelines:run')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ from: FIRST, to: END }),
    });
    expect(await refused.json()).toMatchObject({ code: 'no_shop_database', status: 409 });
  });
});
