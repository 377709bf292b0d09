/** Files of every entity and format loaded over REST: what reaches silver, once and again. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { PART_BYTES } from '../../../src/contracts/uploads.js';
import { startClickHouseHttp } from '../../support/clickhouse-http/start.js';
import { startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll } from '../../support/stores.js';
import { ask, type SummaryReply } from '../sales/client.js';
import { counts, LoadClient, mappingOf, type DataFile, type LoadView } from './load-client.js';
import { csv, customersFile, EVENTS, IDA, LINES, ndjson, OTTO, SHOP_FILES } from './shop-files.js';

let service: TestService;
let client: LoadClient;

beforeAll(async () => {
  service = await startTestService();
  client = new LoadClient(service, await service.key('pipelines:run'));
});

const query = <Row>(sql: string) => service.platform.warehouse.query<Row>('reader', sql);
const emailToken = (email: string) => service.platform.tokeniser.token('email', email);

async function publish(): Promise<void> {
  expect(await service.run('streaming')).toMatchObject({ status: 'published' });
}

async function countOf(table: string): Promise<number> {
  const [row] = await query<{ n: string }>(`select count() as n from ${table}`);
  return Number(row!.n);
}

describe('the files of a shop', () => {
  const loads: LoadView[] = [];

  beforeAll(async () => {
    const event = {
      ...{ messageId: 'i1', userId: OTTO.email, timestamp: '2026-02-03T00:00:00Z' },
      traits: { email: OTTO.email.toUpperCase(), language: 'de' },
    };
    const other = { messageId: 'i2', userId: 'web-7', traits: { email: IDA.email.toLowerCase() } };
    const writeKey = await service.key('events:write');
    for (const body of [event, other]) {
      expect((await service.post('/v1/identify', body, writeKey)).status).toBe(200);
    }
    for (const [file] of SHOP_FILES) loads.push(await client.load(file));
    await publish();
  });

  it.each(SHOP_FILES.map(([{ entity, name }, rows], index) => ({ entity, name, rows, index })))(
    'load $entity from $name: $rows rows',
    ({ entity, name, rows, index }) => {
      expect(loads[index]).toMatchObject({
        ...{ kind: 'file', entity, file_name: name, status: 'done', error: null },
        ...{ rows_total: rows, counts: counts({ loaded: rows }) },
        requested_by: expect.stringMatching(/^test-\d+$/),
        finished_at: expect.any(String),
      });
    },
  );

  it('make one customer of a file’s row and an event, by the token of the e-mail', async () => {
    const customers = await query<Record<string, string>>(
      `select customer_id, email_token, country, language, plan from silver.customers
       order by email_token, customer_id`,
    );
    const [ida, otto] = [emailToken(IDA.email), emailToken(OTTO.email)];
    const expected = [
      { customer_id: 'c1', email_token: ida, country: 'AT', language: '', plan: 'gold' },
      { customer_id: 'web-7', email_token: ida, country: 'unknown', language: '', plan: '' },
      { customer_id: otto, email_token: otto, country: 'DE', language: 'de', plan: 'basic' },
    ];
    expect(customers).toEqual(expect.arrayContaining(expected));
    expect(customers).toHaveLength(expected.length);
  });

  it('make orders of headers and of lines', async () => {
    const orders = await query(
      `select order_id, source, origin, toString(placed_at) as placed_at, customer_id, country,
         currency, gross, discount, tax, shipping, units
       from silver.orders order by order_id`,
    );
    const common = { source: 'till', origin: 'file', currency: 'EUR', country: 'AT' };
    const header = { ...common, tax: '9', shipping: '5', units: null };
    expect(orders).toEqual([
      {
        ...{ ...header, order_id: 'H1', placed_at: '2026-02-10 08:00:00.000' },
        ...{ customer_id: 'c1', gross: '100', discount: '10' },
      },
      {
        ...{ ...header, order_id: 'H2', placed_at: '2026-02-10 10:00:00.000', country: 'DE' },
        ...{ customer_id: '', gross: '40', discount: '0', tax: '5' },
      },
      {
        ...{ ...common, order_id: 'L1', placed_at: '2026-02-11 07:15:00.000', customer_id: 'c1' },
        ...{ gross: '28', discount: '0', tax: '0', shipping: '0', units: '3' },
      },
    ]);
  });

  it('make sales', async () => {
    const given = { from: '2026-02-10', to: '2026-02-13', currency: 'EUR', compare: 'none' };
    const metrics = 'gross_sales,discounts,refunds,net_sales,total_sales,orders,units,customers';
    const readKey = await service.key('sales:read');
    const { data } = await ask<SummaryReply>(service, readKey, 'summary', { ...given, metrics });
    expect(Object.fromEntries(Object.entries(data).map(([id, { value }]) => [id, value]))).toEqual({
      ...{ gross_sales: '168.00', discounts: '10.00', refunds: '5.00', net_sales: '153.00' },
      ...{ total_sales: '177.00', orders: 3, units: 3, customers: 1 },
    });
  });

  it('make lines, products and events', async () => {
    expect(
      await query(
        `select order_id, product_id, name, quantity, price from silver.order_lines
         order by product_id desc`,
      ),
    ).toEqual([
      { order_id: 'L1', product_id: 'mug', name: 'Mug', quantity: '2', price: '12.5' },
      { order_id: 'L1', product_id: 'lamp', name: 'Lamp "Lux"', quantity: '1', price: '3' },
    ]);
    expect(
      await query(
        `select product_id, name, category, price from silver.products order by product_id`,
      ),
    ).toEqual([
      { product_id: 'lamp', name: 'Lamp "Lux"', category: 'Home', price: '3' },
      { product_id: 'mug', name: 'Mug', category: 'Kitchen', price: '12.5' },
    ]);
    expect(
      await query(
        `select event, user_id, product_id, source from silver.events
         where event != '' order by occurred_at`,
      ),
    ).toEqual([
      { event: 'Product Viewed', user_id: 'c1', product_id: 'mug', source: 'warehouse-export' },
      {
        ...{ event: 'Product Viewed', user_id: emailToken(OTTO.email), product_id: 'lamp' },
        source: 'warehouse-export',
      },
      { event: 'Product Added', user_id: 'c1', product_id: 'lamp', source: 'warehouse-export' },
    ]);
  });

  it('keep ad spend and feedback as records', async () => {
    const records = await query<{ record_id: string; payload: string }>(
      `select record_id, payload from silver.records
       where entity in ('ad_spend', 'feedback') order by entity`,
    );
    const [spend, review] = records.map(({ record_id, payload }) => ({
      id: record_id,
      ...(JSON.parse(payload) as Record<string, unknown>),
    }));
    expect(spend).toEqual({
      ...{ id: '2026-02-10:Spring, sale', date: '2026-02-10', campaign: 'Spring, sale' },
      ...{ impressions: 1000, clicks: 50, spend: '12.34', currency: 'EUR' },
    });
    const phone = service.platform.tokeniser.token('phone', IDA.phone);
    expect(review).toEqual({
      ...{ id: '1', kind: 'review', customer_id: 'c1', product_id: 'mug', rating: '4.5' },
      ...{ created_at: '2026-02-20T08:00:00.000Z' },
      text: `Lovely. Write to ${emailToken(IDA.email)} or call ${phone}.`,
    });
  });
});

describe('what was loaded before', () => {
  const stored = () =>
    Promise.all(['bronze.records', 'bronze.events', 'bronze.rejected_events'].map(countOf));

  it.each(SHOP_FILES.map(([file, rows]) => ({ ...file, rows })))(
    'is not loaded again: $name of $entity',
    async ({ rows, ...file }) => {
      await client.load(file);
      const before = await stored();
      expect(await client.load(file)).toMatchObject({
        status: 'done',
        counts: counts({ unchanged: rows }),
      });
      expect(await stored()).toEqual(before);
    },
  );

  it('is known without its gzip and under another name', async () => {
    await client.load(LINES);
    const content = gunzipSync(LINES.content as Buffer);
    const plain = await client.load({ ...LINES, name: 'again.txt', content });
    expect(plain.counts).toEqual(counts({ unchanged: 2 }));
  });

  it('gives way to a row that changed, and to no other', async () => {
    const file = (...rows: string[]): DataFile => ({
      entity: 'customers',
      name: 'plans.csv',
      mapping: mappingOf('plans', { customer_id: 'id', plan: 'plan' }),
      content: csv('id,plan', ...rows),
    });
    const planOf = async (id: string) =>
      query(`select plan from silver.customers where customer_id = '${id}'`);
    expect((await client.load(file('p1,a', 'p2,a', 'p3,a'))).counts).toEqual(counts({ loaded: 3 }));
    await publish();
    expect(await planOf('p2')).toEqual([{ plan: 'a' }]);
    const second = await client.load(file('p1,a', 'p2,b', 'p3,a'));
    expect(second.counts).toEqual(counts({ loaded: 1, unchanged: 2 }));
    await publish();
    expect(await planOf('p2')).toEqual([{ plan: 'b' }]);
    // Back to what it was is a change as well.
    const third = await client.load(file('p2,a'));
    expect(third.counts).toEqual(counts({ loaded: 1 }));
    await publish();
    expect(await planOf('p2')).toEqual([{ plan: 'a' }]);
  });

  it('does not give way to an older export, if rows say when they changed', async () => {
    const row = (plan: string, changed: string) => `d1,,,,AT,${plan},2025-12-01,${changed}`;
    const planOf = () => query(`select plan from silver.customers where customer_id = 'd1'`);
    const newer = customersFile(row('newer', '2026-02-05 10:00:00'));
    const older = customersFile(row('older', '2026-02-04 10:00:00'));
    await client.load(newer);
    expect((await client.load(older)).counts).toEqual(counts({ loaded: 1 }));
    await publish();
    expect(await planOf()).toEqual([{ plan: 'newer' }]);
    for (const again of [older, newer]) {
      expect((await client.load(again)).counts).toEqual(counts({ unchanged: 1 }));
    }
  });

  it('is one record, however often a file repeats it', async () => {
    const repeated = customersFile(
      ...['r1,,,,AT,a,2025-12-01,2026-01-01', 'r1,,,,AT,a,2025-12-01,2026-01-01'],
    );
    const { status, counts: first } = await client.load(repeated);
    expect([status, first.read, first.rejected]).toEqual(['done', 2, 0]);
    expect((await client.load(repeated)).counts).toEqual(counts({ unchanged: 2 }));
    await publish();
    expect(await query(`select plan from silver.customers where customer_id = 'r1'`)).toEqual([
      { plan: 'a' },
    ]);
  });
});

describe('many rows at once', () => {
  /** As many as share an insert, and some more. */
  const numbers = Array.from({ length: 6_000 }, (_, n) => n);

  it.each([
    ['products', 200],
    ['events', 100],
  ])('%s are known again by long ids, also by a warehouse that is a server', async (...given) => {
    const [entity, characters] = given;
    const http = await startClickHouseHttp();
    closeAfterAll(() => http.stop());
    const remote = await startTestService({ clickhouseUrl: http.url });
    const key = await remote.key('pipelines:run');
    const at = '2026-02-09T08:00:00Z';
    const file: DataFile = {
      entity,
      name: 'long.ndjson',
      mapping:
        entity === 'events'
          ? mappingOf('long', { message_id: 'id', event: 'name', timestamp: 'at', user_id: 'id' })
          : mappingOf('long', { product_id: 'id', name: 'name' }),
      content: ndjson(
        ...numbers.map((n) => ({ id: `${n}`.padEnd(characters, '/春のセール'), name: 'Long', at })),
      ),
    };
    for (const outcome of ['loaded', 'unchanged']) {
      expect(await new LoadClient(remote, key).load(file)).toMatchObject({
        ...{ status: 'done', error: null },
        counts: counts({ [outcome]: numbers.length }),
      });
    }
  });

  it('of long texts do not overflow the buffer of writes', async () => {
    const text = 'A "long" story. '.repeat(1024);
    const load = await client.load({
      entity: 'feedback',
      name: 'stories.ndjson.gz',
      mapping: JSON.stringify({
        source: 'stories',
        rows: [{ id: ['id'], fields: { kind: { constant: 'review' }, text: 'text' } }],
      }),
      content: gzipSync(ndjson(...numbers.map((id) => ({ id, text })))),
    });
    expect(load).toMatchObject({ error: null, counts: counts({ loaded: numbers.length }) });
  });
});

it('a file of several parts is put together, in whatever pieces its lines were cut', async () => {
  const rows = 50_000;
  const lines = Array.from({ length: rows }, (_, n) => `big-${n},"${'Größe '.repeat(25)}${n}"`);
  const content = csv('id,name', ...lines);
  expect(Buffer.byteLength(content)).toBeGreaterThan(PART_BYTES);
  const mapping = mappingOf('big', { product_id: 'id', name: 'name' });
  const load = await client.load({ entity: 'products', name: 'big.csv', mapping, content });
  expect(load).toMatchObject({
    ...{ status: 'done', uploaded_bytes: Buffer.byteLength(content), rows_total: rows },
    counts: counts({ loaded: rows }),
  });
});

it('events that break their contract are rejected, the others are not', async () => {
  const at = '2026-02-09T08:00:00Z';
  const content = ndjson(
    { ...{ id: 'good', name: 'Product Viewed', user: 'c1' }, at, product: 'mug' },
    { ...{ id: 'bad', name: 'Product Viewed', user: 'c1' }, at, note: IDA.email },
  );
  const load = await client.load({ ...EVENTS, name: 'events.ndjson', content });
  expect(load.counts).toEqual(counts({ loaded: 1, rejected: 1 }));
  const [rejected, ...others] = await client.rejected(load.id);
  expect(others).toEqual([]);
  expect(rejected).toMatchObject({ line: 2, field: '', code: 'contract' });
  expect(rejected!.detail).toMatch(/^\/properties: .*product_id/);
  const kept = await query(
    `select source, event from bronze.rejected_events where message_id = 'bad'`,
  );
  expect(kept).toEqual([{ source: 'warehouse-export', event: 'Product Viewed' }]);
});
