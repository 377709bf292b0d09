/** Whatever the order and the portions in which a feed arrives, the tables come out the same. */
import fc from 'fast-check';
import { createRunner, loadBronze, openTestPipeline } from '../support/pipeline.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';
import { dump, dumpStored, increment, skipLookback, startAnew } from './golden.js';

const FEED_EVENTS = 80;
/** More are for `npm run trials`. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1);
const SEED = 20261105;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const someOf = (values: string[]) => fc.constantFrom(...values);
const amount = (max: number) => fc.integer({ min: 0, max }).map((cents) => cents / 100);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const description = fc.record({
  product_id: someOf(['p1', 'p2', 'p3', 'p4']),
  name: maybe(someOf(['Shoe', 'Boot', 'Sock'])),
  category: maybe(someOf(['feet', 'legs'])),
  brand: maybe(someOf(['Acme', 'Umbra'])),
  price: maybe(amount(9_999)),
});
const orderLine = fc
  .tuple(description, fc.integer({ min: 1, max: 5 }), amount(9_999))
  .map(([product, quantity, price]) => ({ ...product, quantity, price }));
const amounts = fc.record({
  products: maybe(fc.array(orderLine, { minLength: 1, maxLength: 3 })),
  total: maybe(amount(20_000)),
  subtotal: maybe(amount(15_000)),
  tax: maybe(amount(1_000)),
  shipping: maybe(amount(500)),
  discount: maybe(amount(3_000)),
  currency: maybe(someOf(['USD', 'usd', 'EUR'])),
  refund_id: maybe(someOf(['r1', 'r2', 'cancellation'])),
  test: maybe(fc.nat(9).map((dice) => dice === 0)),
});
const ORDER_EVENTS = ['Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled'];
const orderEvent = fc
  .tuple(
    someOf([...ORDER_EVENTS, 'Order Completed']),
    someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g']),
    amounts,
    fc.boolean(),
  )
  .map(([event, orderId, stated, isUnpriced]) => {
    const properties = { order_id: orderId, ...stated };
    if (event !== 'Order Refunded' || !isUnpriced) return { event, properties };
    const products = stated.products?.map((line) => ({ ...line, price: undefined }));
    return { event, properties: { ...properties, products } };
  });
const productEvent = fc
  .tuple(someOf(['Product Viewed', 'Product Added']), description)
  .map(([event, properties]) => ({ event, properties }));
const pageCall = fc
  .record({ page: someOf(['/', '/a']), campaign: maybe(someOf(['spring', 'fall'])) })
  .map(({ page, campaign }) => ({
    ...{ call: 'page', page, channel: campaign ? 'email' : 'direct', utm: { campaign } },
  }));
const aliasCall = someOf(['v1', 'u1', 'u2', 'u4']).map((previousId) => ({
  ...{ call: 'alias', previousId },
}));
const identifyCall = fc
  .record({ plan: maybe(someOf(['free', 'pro'])), country: maybe(someOf(['FR', 'IT'])) })
  .map((traits) => ({ call: 'identify', traits }));

/**
 * Few minutes, so that many events share one or a session; four days on both sides of a month's
 * end, and of midnight.
 */
const minute = fc
  .tuple(fc.nat(3), fc.constantFrom(0, 9, 10, 23), someOf(['00', '14', '15', '45']))
  .map(([day, hour, of]) => new Date(Date.UTC(2026, 9, 30 + day, hour, Number(of))).toISOString());
const who = fc.record({
  visitor: someOf(['v1', 'v2', 'v3', 'v4', 'v5', 'v6']),
  user: maybe(someOf(['u1', 'u2', 'u3'])),
  source: someOf(['web', 'app']),
  currency: someOf(['USD', 'USD', 'EUR']),
  country: someOf(['DE', 'AT', 'unknown']),
});
const event = fc
  .tuple(
    fc.oneof(
      { arbitrary: orderEvent, weight: 6 },
      { arbitrary: productEvent, weight: 2 },
      { arbitrary: identifyCall, weight: 1 },
      { arbitrary: pageCall, weight: 3 },
      { arbitrary: aliasCall, weight: 2 },
    ),
    who,
    minute,
  )
  .map(([what, person, at]): BronzeEvent => {
    // As it went over the wire: what is undefined is not there.
    const plain = JSON.parse(JSON.stringify({ ...what, ...person, at })) as BronzeEvent;
    const isOfUser = plain.call === 'identify' || plain.call === 'alias';
    return isOfUser ? { ...plain, user: plain.user ?? 'u1' } : plain;
  });

const feed = fc
  .array(event, { minLength: FEED_EVENTS, maxLength: FEED_EVENTS })
  .map((events) => events.map((each, index) => ({ ...each, messageId: `m${index}` })));
/** A shuffled feed with some deliveries repeated, cut into four to six loads. */
const arrival = fc.record({
  order: fc.array(fc.nat(), { minLength: FEED_EVENTS, maxLength: FEED_EVENTS }),
  repeated: fc.array(fc.nat(FEED_EVENTS - 1), { minLength: 10, maxLength: 20 }),
  loads: fc.integer({ min: 4, max: 6 }),
});

function portions(
  events: BronzeEvent[],
  { order, repeated, loads }: { order: number[]; repeated: number[]; loads: number },
): BronzeEvent[][] {
  const shuffled = events.map((_, index) => index).sort((a, b) => order[a]! - order[b]!);
  const arriving = [...shuffled, ...repeated].map((index) => events[index]!);
  const size = Math.ceil(arriving.length / loads);
  return Array.from({ length: loads }, (_, load) => arriving.slice(load * size, (load + 1) * size));
}

it('gives the same tables in whatever order and portions the events arrive', async () => {
  const property = fc.asyncProperty(feed, arrival, async (events, how) => {
    await startAnew(pipeline);
    const sorted = events.toSorted((a, b) => a.at.localeCompare(b.at));
    await increment(pipeline, sorted, 'all');
    const expected = await dump(pipeline);
    expect(expected['silver.orders']!.length).toBeGreaterThan(3);
    expect(expected['silver.refunds']!.length).toBeGreaterThan(3);
    expect(expected['silver.refund_lines']!.length).toBeGreaterThan(3);
    expect(expected['silver.sessions']!.length).toBeGreaterThan(10);
    expect(expected['silver.identities']!.length).toBeGreaterThan(5);
    expect(expected['silver.aliases']!.length).toBeGreaterThan(2);

    await startAnew(pipeline);
    for (const portion of portions(events, how)) await increment(pipeline, portion, 'all');
    expect(await dump(pipeline)).toEqual(expected);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
});

it('publishes nothing and leaves every stored row when nothing arrived', async () => {
  await startAnew(pipeline);
  const [events] = fc.sample(feed, { seed: SEED + 1, numRuns: 1 });
  await loadBronze(pipeline.warehouse, events!);
  await pipeline.runner.run({ target: 'all', trigger: 'request' });
  const stored = await dumpStored(pipeline);
  expect(stored['silver.events']).toHaveLength(FEED_EVENTS);

  const runAgain = async () => {
    const run = await pipeline.runner.run({ target: 'all', trigger: 'request' });
    const statuses = new Set(Object.values(run.models).map(({ status }) => status));
    expect([run.status, ...statuses]).toEqual(['published', 'unchanged']);
    expect(await dumpStored(pipeline)).toEqual(stored);
  };
  // Within the lookback all is read again, by the same runner and by a restarted one.
  await runAgain();
  await pipeline.runner.stop();
  pipeline.runner = createRunner(pipeline.warehouse, pipeline.controlDb);
  await runAgain();
  await skipLookback(pipeline.controlDb);
  await runAgain();
});
