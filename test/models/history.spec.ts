/**
 * Customers and products as they were: versions from partial observations in any order, late
 * corrections between two versions, deletions, and facts that join the version of their time.
 */
import { createRunner, loadBronze, openTestPipeline } from '../support/pipeline.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';
import { deleted, loadRecords, sourceOf, type BronzeRecord } from '../support/records.js';
import { dump, dumpStored, expectRows, identified, placed, runOnce, startAnew } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const at = (day: number, time = '10:00') =>
  `2026-11-${String(day).padStart(2, '0')}T${time}:00.000Z`;
const shop = sourceOf('shop_database', 'shop');

async function load(events: BronzeEvent[], records: BronzeRecord[]): Promise<void> {
  if (events.length > 0) await loadBronze(pipeline.warehouse, events);
  await loadRecords(pipeline.warehouse, records);
  await runOnce(pipeline);
}

const shown = (instant: string) => `ifNull(formatDateTime(${instant}, '%y-%m-%d %H:%i'), '-')`;
const productVersions = (id: string, drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select ${shown('valid_from')}, ${shown('valid_to')}, is_current, name, category, brand,
       price, is_deleted
     from silver.product_versions where product_id = '${id}' order by valid_from`,
    drawn,
  );
const customerVersions = (id: string, drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select ${shown('valid_from')}, ${shown('valid_to')}, is_current, country, language, plan,
       email_token, is_deleted
     from silver.customer_versions where customer_id = '${id}' order by valid_from`,
    drawn,
  );
const lines = (drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select order_id, sku, name, category, brand, ${shown('described_from')}
     from silver.order_lines order by order_id`,
    drawn,
  );

const viewed = (day: number, properties: Record<string, string | number>, time = '10:00') => ({
  ...{ event: 'Product Viewed', at: at(day, time), properties },
});
/** A database's line, which names its product and does not describe it. */
const lineOf = (orderId: string, day: number, productId = 'p1') =>
  shop.line(orderId, 1, at(20), { placed_at: at(day), product_id: productId, name: null });

describe('versions of products', () => {
  beforeAll(() => startAnew(pipeline));

  it('learns what was not told before without a change, and knows changes', async () => {
    await load(
      [
        viewed(3, { product_id: 'p1', name: 'Shoe', price: 10 }),
        viewed(5, { product_id: 'p1', brand: 'Acme' }),
        viewed(5, { product_id: 'p1', name: 'Shoe', price: 10 }, '11:00'),
        viewed(9, { product_id: 'p1', name: 'Boot', price: 12 }),
      ],
      [lineOf('o4', 4), lineOf('o8', 8), lineOf('o9', 9), lineOf('o-none', 9, 'p-unknown')],
    );
    await productVersions(
      'p1',
      `70-01-01 00:00 | 26-11-09 10:00 | false | Shoe |  | Acme | 10 | false
       26-11-09 10:00 | -              | true  | Boot |  | Acme | 12 | false`,
    );
    await lines(
      `o-none |  |      | |      | 70-01-01 00:00
       o4     |  | Shoe | | Acme | 70-01-01 00:00
       o8     |  | Shoe | | Acme | 70-01-01 00:00
       o9     |  | Boot | | Acme | 26-11-09 10:00`,
    );
  });

  it('puts a late correction between two versions, and the orders of its time follow', async () => {
    await load([viewed(7, { product_id: 'p1', name: 'Clog', category: 'feet' })], []);
    await productVersions(
      'p1',
      `70-01-01 00:00 | 26-11-07 10:00 | false | Shoe | feet | Acme | 10 | false
       26-11-07 10:00 | 26-11-09 10:00 | false | Clog | feet | Acme | 10 | false
       26-11-09 10:00 | -              | true  | Boot | feet | Acme | 12 | false`,
    );
    await lines(
      `o-none |  |      |      |      | 70-01-01 00:00
       o4     |  | Shoe | feet | Acme | 70-01-01 00:00
       o8     |  | Clog | feet | Acme | 26-11-07 10:00
       o9     |  | Boot | feet | Acme | 26-11-09 10:00`,
    );
  });

  it('drops a version that what came late makes no change', async () => {
    await load([viewed(8, { product_id: 'p1', name: 'Boot', price: 12 })], []);
    await load([viewed(9, { product_id: 'p1', name: 'Boot', price: 12 }, '09:00')], []);
    await productVersions(
      'p1',
      `70-01-01 00:00 | 26-11-07 10:00 | false | Shoe | feet | Acme | 10 | false
       26-11-07 10:00 | 26-11-08 10:00 | false | Clog | feet | Acme | 10 | false
       26-11-08 10:00 | -              | true  | Boot | feet | Acme | 12 | false`,
    );
    await lines(
      `o-none |  |      |      |      | 70-01-01 00:00
       o4     |  | Shoe | feet | Acme | 70-01-01 00:00
       o8     |  | Boot | feet | Acme | 26-11-08 10:00
       o9     |  | Boot | feet | Acme | 26-11-08 10:00`,
    );
  });

  it('knows what a source deleted and brought back, whenever it changed', async () => {
    const record = shop.product('p2', at(10), { name: 'Sock', updated_at: at(2) });
    await load([viewed(11, { product_id: 'p2', price: 3 })], [record, deleted(record, at(12))]);
    await load([], [{ ...record, at: at(14) }]);
    await productVersions(
      'p2',
      `70-01-01 00:00 | 26-11-12 10:00 | false | Sock | | | 3 | false
       26-11-12 10:00 | 26-11-14 10:00 | false | Sock | | | 3 | true
       26-11-14 10:00 | -              | true  | Sock | | | 3 | false`,
    );
  });

  it('agrees with the latest description', async () => {
    const differing = `select product_id from silver.product_versions as version
      inner join silver.products as product using (product_id)
      where is_current and (version.sku, version.name, version.category, version.brand,
        ifNull(toString(version.price), '')) != (product.sku, product.name, product.category,
        product.brand, ifNull(toString(product.price), ''))`;
    await expectRows(pipeline.warehouse, differing, '');
    await expectRows(pipeline.warehouse, `select count() from silver.products`, '2');
  });

  it('changes nothing when the same is told again', async () => {
    const stored = await dumpStored(pipeline);
    await load(
      [{ ...viewed(7, { product_id: 'p1', name: 'Clog', category: 'feet' }), messageId: 'again' }],
      [],
    );
    const after = await dumpStored(pipeline);
    expect(after['silver.product_versions']).toEqual(stored['silver.product_versions']);
    expect(after['silver.order_lines']).toEqual(stored['silver.order_lines']);
  });
});

describe('versions of customers', () => {
  beforeAll(() => startAnew(pipeline));

  const identify = (day: number, traits: Record<string, string>, country = 'DE') => ({
    ...identified('v1', 'c1', at(day), traits),
    country,
  });
  const bought = (id: string, day: number, user = 'c1') =>
    placed(id, at(day), { total: 10 }, { visitor: 'v1', user });

  it('knows what each was when he ordered', async () => {
    await load(
      [
        identify(2, { plan: 'free' }),
        identify(8, { plan: 'pro', email: 'token-1' }),
        ...[1, 3, 9].map((day) => bought(`o${day}`, day)),
      ],
      [shop.order('o-shop', at(20), { placed_at: at(9), customer_id: 'c-silent', total: 5 })],
    );
    await customerVersions(
      'c1',
      `70-01-01 00:00 | 26-11-08 10:00 | false | DE | | free | token-1 | false
       26-11-08 10:00 | -              | true  | DE | | pro  | token-1 | false`,
    );
    await expectRows(
      pipeline.warehouse,
      `select order_id, customer_id, customer_country, customer_plan from gold.fct_customer_orders
       order by order_id`,
      `o-shop | c-silent | unknown |
       o1     | c1       | DE      | free
       o3     | c1       | DE      | free
       o9     | c1       | DE      | pro`,
    );
  });

  it('puts what the shop says late where it belongs', async () => {
    const record = (day: number, fields: Record<string, string>) =>
      shop.customer('c1', at(20), { updated_at: at(day), ...fields });
    await load([], [record(3, { plan: 'trial', country: 'AT' })]);
    await load(
      [identify(9, { language: 'de' }, 'FR')],
      [deleted(record(3, { plan: 'trial' }), at(21))],
    );
    await customerVersions(
      'c1',
      `70-01-01 00:00 | 26-11-03 10:00 | false | AT | de | free  | token-1 | false
       26-11-03 10:00 | 26-11-08 10:00 | false | AT | de | trial | token-1 | false
       26-11-08 10:00 | 26-11-21 10:00 | false | AT | de | pro   | token-1 | false
       26-11-21 10:00 | -              | true  | AT | de | pro   | token-1 | true`,
    );
    await expectRows(
      pipeline.warehouse,
      `select order_id, customer_plan from gold.fct_customer_orders where customer_id = 'c1'
       order by order_id`,
      `o1 | free
       o3 | trial
       o9 | pro`,
    );
  });

  it('gives the same versions in one load as in many, and the other way round', async () => {
    const models = ['silver.customer_versions', 'silver.order_customers'];
    const events = [
      ...[2, 4, 6, 8].map((day) => identify(day, { plan: `plan-${day % 4}` })),
      ...[1, 3, 5, 7, 9].map((day) => bought(`o${day}`, day)),
    ];
    await startAnew(pipeline);
    await load(events, []);
    const whole = await dump(pipeline, models);
    expect(whole['silver.customer_versions']).toHaveLength(4);
    await startAnew(pipeline);
    const arriving = events.toReversed();
    await load(arriving.slice(0, 4), []);
    await load([...arriving.slice(4), ...arriving.slice(2, 6)], []);
    expect(await dump(pipeline, models)).toEqual(whole);
  });
});

describe('versions with a gap', () => {
  const GAPLESS = "if(said_before is null, toDateTime64('1970-01-01', 3, 'UTC'), at)";

  it('are held, and what stands is read on until the model is mended', async () => {
    await startAnew(pipeline);
    const { runner, warehouse, controlDb } = pipeline;
    const { sources, models } = runner.project;
    const gapped = models.map((model) =>
      model.name === 'silver.customer_versions'
        ? { ...model, sql: model.sql.replace(GAPLESS, 'at') }
        : model,
    );
    await load([identified('v1', 'c1', at(2), { plan: 'free' })], []);
    await runner.stop();
    pipeline.runner = createRunner(warehouse, controlDb, { sources, models: gapped });
    await loadBronze(warehouse, [identified('v1', 'c1', at(3), { plan: 'pro' })]);
    const held = await pipeline.runner.run({ target: 'streaming', trigger: 'request' });
    expect(held.models['silver.customer_versions']).toMatchObject({
      ...{ status: 'held', reason: 'The check no_gap failed for 1 row.' },
    });
    await customerVersions('c1', '70-01-01 00:00 | - | true | DE | | free | | false');

    await pipeline.runner.stop();
    pipeline.runner = createRunner(warehouse, controlDb);
    await runOnce(pipeline);
    await customerVersions(
      'c1',
      `70-01-01 00:00 | 26-11-03 10:00 | false | DE | | free | | false
       26-11-03 10:00 | -              | true  | DE | | pro  | | false`,
    );
  });
});
