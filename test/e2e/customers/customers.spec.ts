/** Customers of a shop reckoned by hand (shop.ts): REST = GraphQL = CSV, and what must be refused. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import type { AnswerMeta, MetricValue } from '../../../src/contracts/metric-contract.js';
import { postGraphql } from '../sales/client.js';
import { CALLS, openShop, placedCalls, YEAR, type Shop } from './shop.js';

type Parameters = Record<string, string | number>;
type Row = Record<string, unknown> & { key: string };
interface Reply<Data> {
  data: Data;
  meta: AnswerMeta;
}

const SEED = 20260314;
const QUESTIONS = 25;
const PAST = DateTime.utc(2024, 1, 1);

/** Two years before the shop of shop.ts: days on which customers ordered for one franc. */
const past = fc.sample(
  fc.array(fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 7 }), {
    minLength: 60,
    maxLength: 60,
  }),
  { seed: SEED, numRuns: 1 },
)[0]!;
const pastOrders = past.flatMap((days, customer) =>
  days.map((day) => ({ customer: `k${customer}`, at: PAST.plus({ days: day, hours: 20 }) })),
);
const pastCalls = pastOrders.flatMap(({ customer, at }, index) =>
  placedCalls({
    ...{ id: `k-${index}`, user: customer, at: at.toISO()! },
    products: [{ product_id: 'p', name: 'P', category: 'P', price: 1, quantity: 1 }],
    more: { currency: 'CHF' },
  }).slice(1),
);

let shop: Shop;
beforeAll(async () => {
  shop = await openShop([...CALLS, ...pastCalls]);
});

async function get(path: string, parameters: Parameters = {}, key = shop.readKey) {
  const given = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(given as [string, string][]).toString();
  const response = await shop.get(`/api/v1/${path}${query ? `?${query}` : ''}`, key);
  return { status: response.status, text: await response.text() };
}

async function rest<Data>(view: string, parameters: Parameters = {}, key = shop.readKey) {
  const { status, text } = await get(view, { ...YEAR, ...parameters }, key);
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as Reply<Data>;
}

const rowsOf = async (view: string, parameters: Parameters = {}) =>
  (await rest<{ rows: Row[] }>(view, parameters)).data.rows;

async function graphql<Answer>(field: string, args: string, selection: string) {
  const given = `from: "${YEAR.from}", to: "${YEAR.to}" ${args}`;
  const query = `{ ${field}(${given}) { ${selection} } }`;
  const { body, text } = await postGraphql(shop, shop.readKey, query);
  if (body.errors || !body.data) throw new Error(text);
  return body.data[field] as Answer;
}

const SUMMARY: Record<string, MetricValue> = {
  customers: 5,
  new_customers: 5,
  repeat_customers: 3,
  repeat_rate: 0.6,
  customer_orders: 9,
  orders_per_customer: 1.8,
  customer_revenue: '480.00',
  customer_refunds: '80.00',
  customer_net_revenue: '400.00',
  revenue_per_customer: '96.00',
  revenue_per_customer_order: '53.33',
  average_days_between_orders: 37,
  refund_share: 0.166667,
};
const METRICS = Object.keys(SUMMARY);

describe('the three questions of every department', () => {
  it('are answered by REST, GraphQL and CSV alike', async () => {
    const asked = { metrics: METRICS.join(), compare: 'none' };
    const { data, meta } = await rest<Record<string, { value: MetricValue }>>(
      'customers/summary',
      asked,
    );
    const values = Object.fromEntries(Object.entries(data).map(([id, { value }]) => [id, value]));
    expect(values).toEqual(SUMMARY);
    // Fay pays in euros.
    expect(meta).toMatchObject({ completeness: 'partial', currency: 'USD', held: [] });
    const { data: shown } = await graphql<{ data: { metric: string; value: MetricValue }[] }>(
      'customersSummary',
      `metrics: [${METRICS.join(' ').toUpperCase()}]`,
      'data { metric value }',
    );
    expect(Object.fromEntries(shown.map((one) => [one.metric.toLowerCase(), one.value]))).toEqual(
      SUMMARY,
    );
    const { text } = await get('customers/summary', { ...YEAR, ...asked, format: 'csv' });
    const lines: Record<string, string>[] = parse(text, { columns: true });
    expect(lines.map(({ metric, value }) => [metric, value])).toEqual(
      Object.entries(SUMMARY).map(([id, value]) => [id, String(value)]),
    );
  });

  it('count the customers that sales count', async () => {
    const ranges: Parameters[] = [{}, { from: '2026-03-01' }, { currency: 'EUR' }];
    for (const parameters of ranges) {
      const asked = { metrics: 'customers', compare: 'none', ...parameters };
      const [own, sales] = await Promise.all([
        rest<{ customers: object }>('customers/summary', asked),
        rest<{ customers: object }>('sales/summary', asked),
      ]);
      expect(own.data).toEqual(sales.data);
      expect(own.meta.formula).toEqual(sales.meta.formula);
    }
  });

  it('go over time, by dimension and by segment', async () => {
    const { data } = await rest<{ points: Row[] }>('customers/series', {
      ...{ metrics: 'customers,new_customers,repeat_rate', granularity: 'month' },
    });
    expect(data.points.map(({ at: _, ...values }) => Object.values(values))).toEqual([
      [2, 2, 0],
      [3, 2, 0.333333],
      [4, 1, 0.75],
    ]);
    const of = async (by: string) =>
      (await rowsOf('customers/breakdown', { by, metrics: 'customer_revenue,customers' })).map(
        ({ key, customer_revenue: revenue, customers }) => [key, revenue, customers],
      );
    expect(await of('country')).toEqual([
      ['US', '380.00', 5],
      ['DE', '100.00', 1],
    ]);
    expect(await of('campaign')).toEqual([
      ['none', '380.00', 5],
      ['spring', '100.00', 1],
    ]);
    expect(await of('segment')).toEqual([
      ['at_risk', '170.00', 1],
      ['loyal', '100.00', 1],
      ['potential_loyalist', '100.00', 1],
      ['needs_attention', '80.00', 1],
      ['lost', '30.00', 1],
    ]);
  });
});

describe('views of its own', () => {
  it('name the best customers of the range, their segment, and no lifetime value without a fit', async () => {
    const asked = { limit: 2, from: '2026-02-01' };
    // Ann and Ben brought 70 each; what was refunded of January's order is January's.
    expect(await rowsOf('customers/top', asked)).toEqual([
      {
        ...{ key: 'eve', label: 'eve', customer_net_revenue: '80.00', customer_revenue: '80.00' },
        ...{ customer_refunds: '0.00', customer_orders: 1, segment: 'needs_attention' },
        ...{ last_order_at: '2026-03-09T11:00:00.000Z', p_alive: null, clv: null },
      },
      expect.objectContaining({ key: 'ann', customer_net_revenue: '70.00', customer_orders: 2 }),
    ]);
    const { rows: shown } = await graphql<{ rows: object[] }>(
      'customersTop',
      'limit: 1',
      'rows { key customerNetRevenue customerOrders segment clv }',
    );
    expect(shown).toEqual([
      {
        ...{ key: 'ann', customerNetRevenue: '150.00', customerOrders: 3 },
        ...{ segment: 'at_risk', clv: null },
      },
    ]);
  });

  it('share out customers and net revenue over segments', async () => {
    const expected = [
      ['at_risk', 1, 0.2, '150.00', 0.375],
      ['loyal', 1, 0.2, '100.00', 0.25],
      ['needs_attention', 1, 0.2, '80.00', 0.2],
      ['potential_loyalist', 1, 0.2, '40.00', 0.1],
      ['lost', 1, 0.2, '30.00', 0.075],
    ];
    const rows = await rowsOf('customers/segments');
    expect(rows.map(({ label: _, ...row }) => Object.values(row))).toEqual(expected);
    const { rows: shown } = await graphql<{ rows: object[] }>(
      'customersSegments',
      '',
      'rows { key customers customerShare netRevenue revenueShare }',
    );
    expect(shown.map((row) => Object.values(row))).toEqual(expected);
    const { text } = await get('customers/segments', { ...YEAR, format: 'csv' });
    const lines: Record<string, string>[] = parse(text, { columns: true });
    expect(lines.map(({ label: _, ...line }) => Object.values(line))).toEqual(
      expected.map((row) => row.map(String)),
    );
    expect(await rowsOf('customers/segments', { currency: 'EUR' })).toMatchObject([
      { key: 'unsegmented', customers: 1, net_revenue: '30.00', revenue_share: 1 },
    ]);
  });

  it('say who came, stayed, came back and left', async () => {
    const expected = [
      ['2026-01-01', 2, 2, 0, 0, 0],
      ['2026-02-01', 4, 3, 1, 0, 1],
      ['2026-03-01', 5, 1, 3, 1, 1],
    ];
    const { data, meta } = await rest<{ rows: Row[] }>('customers/movements');
    expect(data.rows.map(({ label: _, ...row }) => Object.values(row))).toEqual(expected);
    expect(meta.completeness).toBe('provisional');
    const { rows } = await graphql<{ rows: object[] }>(
      'customersMovements',
      '',
      'rows { key active new returning reactivated lost }',
    );
    expect(rows.map((row) => Object.values(row))).toEqual(expected);
    // A range within a month asks for the whole of it.
    const within = { from: '2026-02-20', to: '2026-02-21' };
    const [february] = await rowsOf('customers/movements', within);
    expect(february).toMatchObject({ active: 4, lost: 1 });
  });

  it('keep cohorts by first order, as behaviour does', async () => {
    const asked = { granularity: 'month', periods: 6 };
    const { data } = await rest<{ rows: CohortRow[] }>('customers/cohorts', asked);
    expect(data.rows.map(shortCohort)).toEqual([
      ['2026-01-01', 2, '2: 65.00', '1: 85.00', '2: 135.00'],
      ['2026-02-01', 3, '2: 23.33', '1: 43.33'],
      ['2026-03-01', 1, '1: 80.00'],
    ]);
    type Shown = { key: string; size: number; periods: { customers: number; rate: number }[] };
    const { rows } = await graphql<{ rows: Shown[] }>(
      'customersCohorts',
      'periods: 6',
      'rows { key size periods { customers rate } }',
    );
    expect(rows[1]).toEqual({
      ...{ key: '2026-02-01', size: 3 },
      periods: [
        { customers: 2, rate: 0.666667 },
        { customers: 1, rate: 0.333333 },
      ],
    });
  });

  it('say why there is no lifetime value', async () => {
    const { data } = await rest<{ rows: Row[]; fit: object; fits: Row[] }>('customers/clv');
    expect(data.rows).toEqual([]);
    expect(data.fit).toMatchObject({
      ...{ status: 'too_few_repeat_customers', customers: 5, repeat_customers: 3 },
      ...{ r: null, q: null, log_likelihood: null, calibration: null },
    });
    // It was made today, not in the range.
    expect(data.fits).toEqual([]);
    const { fit } = await graphql<{ fit: object }>(
      'customersClv',
      '',
      'fit { status customers repeatCustomers r calibration { error } }',
    );
    expect(fit).toEqual({
      ...{ status: 'too_few_repeat_customers', customers: 5, repeatCustomers: 3 },
      ...{ r: null, calibration: null },
    });
  });
});

it('lifetime value stands in tenths, beside the fits of the range', async () => {
  const { warehouse } = shop.platform;
  await warehouse.command(
    'writer',
    `insert into gold.clv_fits (as_of, currency, status, customers, repeat_customers, r, alpha, a,
       b, log_likelihood, p, q, v, spend_log_likelihood, held_out_days, calibration_customers,
       predicted_orders, actual_orders, mean_absolute_error)
     values ('2026-02-01', 'EUR', 'fitted', 20, 60, 0.25, 4.5, 0.75, 2.5, -9.5, 6.25, 3.75, 15.5,
       -4.5, 30, 18, 11, 10, 0.5)`,
  );
  await warehouse.command(
    'writer',
    `insert into gold.customer_clv
       (as_of, customer_id, currency, status, p_alive, expected_orders, expected_order_value, clv)
     select '2026-02-01', concat('x', toString(number)), 'EUR', 'fitted',
       if(number % 2 = 1, 0.5, null), number, 10, number
     from numbers(1, 20)`,
  );
  const asked = { currency: 'EUR' };
  const { data, meta } = await rest<{ rows: Row[]; fit: object; fits: Row[] }>(
    'customers/clv',
    asked,
  );
  expect(data.rows).toHaveLength(10);
  expect(data.rows[0]).toEqual({
    ...{ key: '1', label: 'Decile 1', customers: 2, clv: '39.00', average_clv: '19.50' },
    ...{ clv_share: 0.185714, expected_orders: 19.5, p_alive: 0.5 },
  });
  expect(data.rows[9]).toMatchObject({ key: '10', clv: '3.00', clv_share: 0.014286 });
  expect(data.fit).toMatchObject({ status: 'too_few_repeat_customers', r: null });
  expect(data.fits).toEqual([
    {
      ...{ as_of: '2026-02-01T00:00:00.000Z', status: 'fitted', customers: 20 },
      ...{ repeat_customers: 60, r: 0.25, alpha: 4.5, a: 0.75, b: 2.5, log_likelihood: -9.5 },
      ...{ p: 6.25, q: 3.75, v: 15.5, spend_log_likelihood: -4.5 },
      calibration: {
        ...{ held_out_days: 30, customers: 18, predicted_orders: 11, actual_orders: 10 },
        ...{ error: 0.1, mean_absolute_error: 0.5 },
      },
    },
  ]);
  expect(meta.approximate).toEqual(['clv', 'p_alive']);
  const { text } = await get('customers/clv', { ...YEAR, ...asked, format: 'csv' });
  const lines: Record<string, string>[] = parse(text, { columns: true });
  expect(lines.map(({ key, clv }) => [key, clv])).toEqual(
    data.rows.map(({ key, clv }) => [key, clv]),
  );
});

interface CohortRow {
  key: string;
  size: number;
  periods: { customers: number; rate: number; cumulative_revenue_per_customer: string }[];
}

const shortCohort = ({ key, size, periods }: CohortRow) => [
  key,
  size,
  ...periods.map((one) => `${one.customers}: ${one.cumulative_revenue_per_customer}`),
];

const question = fc.record({
  granularity: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  timezone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Auckland'),
  fromDay: fc.integer({ min: -20, max: 100 }),
  days: fc.constantFrom(1, 20, 100),
});

/** Who ordered in the period of an instant. */
function activeIn(start: DateTime, end: DateTime): Set<string> {
  return new Set(
    pastOrders.filter(({ at }) => at >= start && at < end).map(({ customer }) => customer),
  );
}

describe('over random orders', () => {
  it('movements are those that counting finds, and add up', async () => {
    const property = fc.asyncProperty(question, async (asked) => {
      const { granularity, timezone, fromDay, days } = asked;
      const first = DateTime.fromISO('2024-01-01', { zone: timezone }).plus({ days: fromDay });
      const last = first.plus({ days });
      const rows = await rowsOf('customers/movements', {
        ...{ granularity, timezone, from: first.toISODate()!, to: last.toISODate()! },
      });
      const step = { [`${granularity}s`]: 1 };
      let start = first.startOf(granularity);
      let before = activeIn(start.minus(step), start);
      for (const row of rows) {
        const end = start.plus(step);
        const active = activeIn(start, end);
        const known = activeIn(DateTime.fromMillis(0), start);
        const isNew = [...active].filter((customer) => !known.has(customer));
        const returning = [...active].filter((customer) => before.has(customer));
        expect(row).toMatchObject({
          ...{ key: start.toISODate(), active: active.size, new: isNew.length },
          ...{ returning: returning.length, lost: before.size - returning.length },
          reactivated: active.size - isNew.length - returning.length,
        });
        const { lost, reactivated } = row as unknown as Record<string, number>;
        expect(before.size - lost! + isNew.length + reactivated!).toBe(active.size);
        [before, start] = [active, end];
      }
      expect(start >= last).toBe(true);
    });
    await fc.assert(property, { seed: SEED, numRuns: QUESTIONS, endOnFailure: true });
  });

  it('cohorts are those of behaviour', async () => {
    const property = fc.asyncProperty(
      question,
      async ({ granularity, timezone, fromDay, days }) => {
        const from = PAST.plus({ days: fromDay });
        const asked = {
          ...{ granularity, timezone, periods: 5, currency: 'CHF' },
          ...{ from: from.toISODate()!, to: from.plus({ days }).toISODate()! },
        };
        type Told = { members: number; rate: number; cumulative_revenue_per_member: string }[];
        const [own, other] = await Promise.all([
          rest<{ rows: CohortRow[] }>('customers/cohorts', asked),
          rest<{ rows: { key: string; size: number; periods: Told }[] }>('behaviour/retention', {
            ...asked,
            ...{ cohort: 'first_order', activity: 'orders' },
          }),
        ]);
        expect(own.data.rows.map(shortCohort)).toEqual(
          other.data.rows.map(({ key, size, periods }) => [
            key,
            size,
            ...periods.map((one) => `${one.members}: ${one.cumulative_revenue_per_member}`),
          ]),
        );
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: QUESTIONS, endOnFailure: true });
  });
});

describe('the story of a customer', () => {
  type Story = Record<string, unknown> & { orders: Row[]; values: Row[]; sessions: Row[] | null };
  const storyOf = async (id: string, key: string) => {
    const { status, text } = await get(`customers/${id}`, {}, key);
    expect([status, status === 200 ? '' : text]).toEqual([200, '']);
    return JSON.parse(text) as Reply<Story>;
  };
  const audited = () =>
    shop.platform.controlDb.dataSource.query<{ actor: string; target: string }[]>(
      "select actor, target from audit_log where action = 'read personal data' order by id",
    );

  it('tells what each scope may see, also from the cache, and personal data only audited', async () => {
    const all = ['customers:read', 'behaviour:read', 'sentiment:read', 'pii:read'];
    const [whole, plain, admin] = [
      await shop.key(...all),
      await shop.key('customers:read'),
      await shop.key('admin'),
    ];
    const { data, meta } = await storyOf('ann', whole);
    expect(data).toMatchObject({
      customer_id: 'ann',
      profile: { country: 'US', language: 'de', plan: 'gold' },
      values: [
        {
          ...{ currency: 'USD', orders: 3, revenue: '170.00', refunds: '20.00' },
          ...{ net_revenue: '150.00', average_order_value: '56.67', refund_share: 0.117647 },
          ...{ favourite_category: 'Kitchen', average_days_between_orders: 29 },
          ...{ segment: 'at_risk', clv: null, clv_status: 'too_few_repeat_customers' },
        },
      ],
      refunds: [{ order_id: 'a1', kind: 'refund', goods: '20.00' }],
      feedback: [{ kind: 'review', rating: 5, product_id: 'Kitchen', label: 'positive' }],
      personal: [
        { kind: 'email', field: 'traits.email', value: 'Ann@example.com' },
        { kind: 'phone', field: 'traits.phone', value: '+49 30 1234567' },
      ],
    });
    expect(data.orders.map((order) => [order['order_id'], order['order_number']])).toEqual([
      ['a3', 3],
      ['a2', 2],
      ['a1', 1],
    ]);
    expect(data.sessions!.map((session) => session['campaign'])).toEqual([
      ...['none', 'none', 'spring'],
    ]);
    expect(meta).toMatchObject({ completeness: 'provisional', asOf: expect.any(String) });
    const before = await audited();
    expect(before.map(({ target }) => target)).toEqual(['customer ann']);

    const { data: less, meta: cached } = await storyOf('ann', plain);
    expect(cached.servedFrom).toBe('cache');
    expect(less).toEqual({ ...data, sessions: null, feedback: null, personal: null });
    const { data: most } = await storyOf('ann', admin);
    expect(most).toEqual({ ...data, personal: null });
    expect(await audited()).toEqual(before);
  });

  it('holds the sessions begun while the browser was the customer, also of who never ordered', async () => {
    const { data } = await storyOf('zoe', shop.readKey);
    expect(data).toMatchObject({ profile: { plan: 'free' }, values: [], orders: [], refunds: [] });
    expect(data.sessions).toMatchObject([{ started_at: '2026-03-20T12:00:00.000Z' }]);
  });

  it('is the same by GraphQL, which reads the vault only where it is asked to', async () => {
    const key = await shop.key('customers:read', 'behaviour:read', 'pii:read');
    const before = (await audited()).length;
    const ask = async (selection: string) => {
      const query = `{ customer(id: "ann") { ${selection} } }`;
      const { body, text } = await postGraphql(shop, key, query);
      if (body.errors || !body.data) throw new Error(text);
      return body.data['customer'];
    };
    const selection = `customerId profile { plan } values { netRevenue segment clvStatus }
      orders { orderId revenue } refunds { goods } sessions { campaign } feedback { text }`;
    expect(await ask(selection)).toEqual({
      customerId: 'ann',
      profile: { plan: 'gold' },
      values: [{ netRevenue: '150.00', segment: 'at_risk', clvStatus: 'too_few_repeat_customers' }],
      orders: [
        { orderId: 'a3', revenue: '30.00' },
        { orderId: 'a2', revenue: '40.00' },
        { orderId: 'a1', revenue: '100.00' },
      ],
      refunds: [{ goods: '20.00' }],
      sessions: [{ campaign: 'none' }, { campaign: 'none' }, { campaign: 'spring' }],
      feedback: null,
    });
    expect(await audited()).toHaveLength(before);
    expect(await ask('personal { kind value }')).toEqual({
      personal: [
        { kind: 'email', value: 'Ann@example.com' },
        { kind: 'phone', value: '+49 30 1234567' },
      ],
    });
    expect(await audited()).toHaveLength(before + 1);
  });

  it('is not told of nobody, nor to who may not ask', async () => {
    const personal = await shop.key('customers:read', 'pii:read');
    const before = (await audited()).length;
    for (const id of ['nobody', "x'%20or%201=1", '%00', 'x'.repeat(2000)]) {
      const { status, text } = await get(`customers/${id}`, {}, personal);
      expect([id, status, (JSON.parse(text) as { code: string }).code]).toEqual([
        ...[id, 404, 'not_found'],
      ]);
    }
    expect(await audited()).toHaveLength(before);
    const other = await shop.key('behaviour:read', 'sales:read', 'pii:read');
    expect((await get('customers/ann', {}, other)).status).toBe(403);
    const { body } = await postGraphql(shop, other, '{ customer(id: "ann") { customerId } }');
    expect(body.errors![0]!.extensions.code).toBe('forbidden');
  });
});

it.each<[string, Parameters, string]>([
  ['summary', { metrics: 'orders' }, 'unknown_metric'],
  ['breakdown', { by: 'product' }, 'unknown_dimension'],
  ['breakdown', {}, 'invalid_parameter'],
  ['series', { granularity: 'year' }, 'invalid_parameter'],
  ['summary', { currency: 'JPY' }, 'currency_without_rate'],
  ['top', { limit: 0 }, 'invalid_parameter'],
  ['top', { limit: 1001 }, 'invalid_parameter'],
  ['top', { metrics: 'clv' }, 'unknown_parameter'],
  ['segments', { limit: 3 }, 'unknown_parameter'],
  ['movements', { granularity: 'hour' }, 'invalid_parameter'],
  ['movements', { currency: 'USD' }, 'invalid_parameter'],
  ['cohorts', { periods: 101 }, 'invalid_parameter'],
  ['cohorts', { periods: '-1' }, 'invalid_parameter'],
  ['cohorts', { granularity: 'day', from: '1990-01-01', periods: 100 }, 'range_too_long'],
  ['clv', { from: '2026-04-01', to: '2026-01-01' }, 'invalid_range'],
  ['ann', { from: '2026-01-01' }, 'unknown_parameter'],
])('%s with %j is refused', async (view, parameters, code) => {
  const { status, text } = await get(`customers/${view}`, parameters);
  expect([status >= 400 && status < 500, (JSON.parse(text) as { code: string }).code]).toEqual([
    ...[true, code],
  ]);
});
