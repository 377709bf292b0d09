/** Whatever the order and the portions in which several sources arrive, the tables come out the same. */
import fc from 'fast-check';
import type { Entity } from '../../src/ingest/sources/entities.js';
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import type { BronzeRead, BronzeRecord, Fields, Origin } from '../support/records.js';
import { dump, expectRows, runOnce, startAnew } from './golden.js';
import { expectLedgersAgree, load, together, type Load } from './stories.js';

const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
/** A run costs the same for few orders as for many: some of which much is told, and many others. */
const BUSY = ids('b', 5);
const ORDERS = [...BUSY, ...ids('o', 45)];
const LINES = ids('', 20);
const REFUNDS = ids('r', 15);
const CUSTOMERS = ids('c', 10);
const PRODUCTS = ids('p', 10);
const RECORDS = 260;
const EVENTS = 80;
/** More are for `npm run trials`. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1);
const SEED = 20261120;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const someOf = (...values: string[]) => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const amount = (min: number, max: number) =>
  fc.integer({ min: min * 100, max: max * 100 }).map((cents) => cents / 100);
/** As it went over the wire: what is undefined is not there. */
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const orderId = fc.oneof(someOf(...BUSY), someOf(...ORDERS));
const product = someOf(...PRODUCTS);
const customer = someOf(...CUSTOMERS);
const currency = someOf('USD', 'USD', 'USD', 'EUR');
const country = orNull(someOf('AT', 'DE'));
/** Few instants, so that many things share one; on both sides of a month's end. */
const instant = fc
  .tuple(fc.nat(5), fc.nat(1))
  .map(([day, half]) => new Date(Date.UTC(2026, 9, 29 + day, half * 12)).toISOString());

/** What orders and lines may say of their state; a mapping may leave any of it out. */
const state = {
  status: maybe(orNull(someOf('pending', 'paid', 'cancelled', 'cancelled', 'refunded'))),
  refunded_amount: maybe(orNull(amount(0, 60))),
  refunded_at: maybe(orNull(instant)),
  updated_at: maybe(orNull(instant)),
};
/** So small that no order comes to less than nothing, which would be quarantined. */
const charges = {
  discount: maybe(orNull(amount(0, 10))),
  tax: maybe(orNull(amount(0, 9))),
  shipping: maybe(orNull(amount(0, 5))),
};
const common = { placed_at: instant, currency, country, customer_id: maybe(orNull(customer)) };
const isTest = fc.nat(15).map((dice) => dice === 0);
const description = {
  sku: maybe(orNull(someOf('s1', 's2'))),
  name: maybe(orNull(someOf('Shoe', 'Boot'))),
  category: maybe(someOf('feet', 'legs')),
};

/** Each entity's ids and fields; that a line may name any order lets it move between them. */
const ENTITY_FIELDS: [Entity, string[], number, fc.Arbitrary<Record<string, unknown>>][] = [
  [
    'orders',
    ORDERS,
    4,
    fc.record({
      ...{ ...common, ...state, ...charges },
      ...{ total: maybe(amount(50, 120)), subtotal: maybe(amount(50, 100)), is_test: isTest },
    }),
  ],
  [
    'order_lines',
    LINES,
    8,
    fc.record({
      ...{ ...common, ...state, ...charges, ...description },
      ...{
        order_id: orderId,
        product_id: product,
        quantity: amount(0, 3),
        unit_price: amount(0, 40),
      },
    }),
  ],
  [
    'refunds',
    REFUNDS,
    4,
    fc.record({
      ...{ order_id: orderId, refunded_at: instant, amount: amount(0, 50), currency },
      refund_id: maybe(orNull(someOf(...REFUNDS))),
      ...{ tax: maybe(orNull(amount(0, 3))), shipping: maybe(orNull(amount(0, 3))), country },
    }),
  ],
  ['customers', CUSTOMERS, 2, fc.record({ country, updated_at: maybe(instant) })],
  ['products', PRODUCTS, 2, fc.record({ ...description, updated_at: maybe(orNull(instant)) })],
];
const ID_FIELDS: Partial<Record<Entity, string>> = {
  ...{ orders: 'order_id', customers: 'customer_id', products: 'product_id' },
};

const SOURCES: [Origin, string][] = [
  ['shop_database', 'shop'],
  ['shop_database', 'shop'],
  ['shop_database', 'erp'],
  ['file', 'till'],
  ['file', 'shop'],
];

const record = fc
  .oneof(
    ...ENTITY_FIELDS.map(([entity, ids, weight, fields]) => ({
      arbitrary: fc.record({ entity: fc.constant(entity), id: someOf(...ids), fields }),
      weight,
    })),
  )
  .chain((what) =>
    fc
      .record({
        source: fc.constantFrom(...SOURCES),
        at: instant,
        sequence: fc.nat(2),
        isDeleted: fc.nat(7).map((dice) => dice === 0),
      })
      .map(({ source: [origin, source], ...version }): BronzeRecord => {
        const named = ID_FIELDS[what.entity];
        const fields = { ...what.fields, ...(named ? { [named]: what.id } : {}) } as Fields;
        return sent({ ...what, ...version, origin, source, fields });
      }),
  );

const soldLine = fc.record({
  ...{ product_id: product, name: maybe(someOf('Shoe', 'Boot')) },
  ...{ quantity: fc.integer({ min: 1, max: 3 }), price: amount(0, 40) },
});
const event = fc
  .record({
    event: someOf(
      ...['Order Completed', 'Order Completed', 'Order Updated', 'Order Refunded'],
      ...['Order Refunded', 'Order Cancelled', 'Order Reinstated', 'Product Viewed'],
    ),
    at: instant,
    ...{ visitor: someOf('v1', 'v2'), user: maybe(customer), source: someOf('web', 'shop') },
    ...{ currency, country: someOf('DE', 'unknown') },
    properties: fc.record({
      ...{ order_id: orderId, product_id: maybe(product), name: maybe(someOf('Sock')) },
      products: maybe(fc.array(soldLine, { minLength: 1, maxLength: 2 })),
      ...{ total: maybe(amount(20, 100)), tax: maybe(amount(0, 9)), discount: maybe(amount(0, 9)) },
      refund_id: maybe(someOf(...REFUNDS)),
    }),
  })
  .map(sent) as fc.Arbitrary<BronzeEvent>;

/** A database's passes, each from the end of the one before. */
const passes = (source: string) =>
  fc.uniqueArray(instant, { maxLength: 4 }).map((ends) => {
    const through = ends.sort();
    return through.map((end, index): BronzeRead => ({
      ...{ source, after: through[index - 1] ?? new Date(0).toISOString(), through: end },
    }));
  });

const feed = fc.record({
  records: fc.array(record, { minLength: RECORDS, maxLength: RECORDS }),
  events: fc
    .array(event, { minLength: EVENTS, maxLength: EVENTS })
    .map((events) => events.map((each, index) => ({ ...each, messageId: `m${index}` }))),
  reads: fc.tuple(passes('shop'), passes('erp')).map((both) => both.flat()),
});
type Feed = Required<Load>;

/**
 * Everything shuffled, some of it repeated, in three loads. What is held back comes alone with the
 * last, so that nothing else than it has the orders counted anew.
 */
const DELIVERIES = RECORDS + EVENTS + 8;
const arrival = fc.record({
  order: fc.array(fc.nat(), { minLength: DELIVERIES, maxLength: DELIVERIES }),
  repeated: fc.array(fc.nat(), { minLength: 5, maxLength: 15 }),
  held: fc.subarray(['reads', 'customers', 'products', 'events']),
});

function portions(
  { records, events, reads }: Feed,
  { order, repeated, held }: { order: number[]; repeated: number[]; held: string[] },
): Feed[] {
  const all: { kind: string; load: Load }[] = [
    ...records.map((each) => ({ kind: each.entity, load: { records: [each] } })),
    ...events.map((each) => ({ kind: 'events', load: { events: [each] } })),
    ...reads.map((each) => ({ kind: 'reads', load: { reads: [each] } })),
  ];
  const shuffled = all.toSorted((a, b) => order[all.indexOf(a)]! - order[all.indexOf(b)]!);
  const free = shuffled.filter(({ kind }) => !held.includes(kind));
  const last = shuffled.filter(({ kind }) => held.includes(kind));
  const again = repeated.map((index) => shuffled[index % shuffled.length]!);
  const third = Math.ceil(free.length / 3);
  const isAlone = last.length > 0;
  return [
    [...free.slice(0, third), ...again.slice(0, 5)],
    [...free.slice(third, isAlone ? undefined : 2 * third), ...again.slice(5)],
    isAlone ? last : free.slice(2 * third),
  ].map((parts) => together(parts.map((part) => part.load)));
}

const inOrder = ({ records, events, reads }: Feed): Feed => ({
  records: records.toSorted((a, b) => a.at.localeCompare(b.at) || a.sequence! - b.sequence!),
  events: events.toSorted((a, b) => a.at.localeCompare(b.at)),
  reads,
});

/**
 * Of orders that stand: what was taken back of them, by the state in which they are. Goods may be
 * taken back beyond the order, and tax and shipping if the refund itself says so; else they may not.
 */
const CONTRADICTIONS = `
  with adjusted as (
    select order_id, sum(r.goods) as goods, sum(r.tax) as tax, sum(r.shipping) as shipping,
      countIf(kind = 'cancellation') - countIf(kind = 'reinstatement') as cancelled
    from silver.refunds as r group by order_id
  ),
  splits as (
    select distinct order_id from silver.order_lifecycle
    where fact = 'refunded' and (tax is not null or shipping is not null)
  )
  select orders.order_id,
    isNotNull(cancelled_at) != ifNull(cancelled, 0) as is_counted_wrongly,
    isNotNull(cancelled_at) and (adjusted.goods < gross - discount or adjusted.tax < orders.tax
      or adjusted.shipping < orders.shipping) as is_taken_back_in_part,
    splits.order_id is null and (adjusted.tax > orders.tax or adjusted.shipping > orders.shipping)
      as is_taken_back_twice
  from silver.orders as orders
  left join adjusted on adjusted.order_id = orders.order_id
  left join splits on splits.order_id = orders.order_id
  where is_counted_wrongly or is_taken_back_in_part or is_taken_back_twice
  order by all`;

/** Refunds of their own are only those of orders that no source ever told of. */
const REFUNDS_OF_NO_ORDER = `
  select order_id from silver.refunds
  where is_orphan and order_id in (select order_id from silver.order_statements where is_order)`;

async function expectSound(): Promise<void> {
  await expectLedgersAgree(pipeline);
  await expectRows(pipeline.warehouse, CONTRADICTIONS, '');
  await expectRows(pipeline.warehouse, REFUNDS_OF_NO_ORDER, '');
}

it('gives the same tables in whatever order and portions the sources arrive', async () => {
  const seen = { orders: 0, refunds: 0 };
  const property = fc.asyncProperty(feed, arrival, async (whole, how) => {
    await startAnew(pipeline);
    await load(pipeline, inOrder(whole));
    await runOnce(pipeline);
    const expected = await dump(pipeline);
    await expectSound();
    seen.orders += expected['silver.orders']!.length;
    seen.refunds += expected['silver.refunds']!.length;

    await startAnew(pipeline);
    for (const portion of portions(whole, how)) {
      await load(pipeline, portion);
      await runOnce(pipeline);
      await expectSound();
    }
    expect(await dump(pipeline)).toEqual(expected);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  expect(seen.orders).toBeGreaterThan(RUNS * 2);
  expect(seen.refunds).toBeGreaterThan(RUNS * 4);
}, 300_000);
