/** Random histories of many visitors, cut into sessions by the models and by a plain walk. */
import fc from 'fast-check';
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { expectBehaviourAgrees } from './behaviour.js';
import { increment, rowsOf } from './golden.js';

const VISITORS = 200;
const INCREMENTS = 4;
/** More are for `npm run trials`. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1);
const SEED = 20261107;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const GAP_MS = 30 * MINUTE_MS;
const EPOCH = Date.UTC(2026, 10, 5, 20);

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

type Moment = { pause: number; what: string; campaign: string; arrivals: number[]; isBot: boolean };

const minutes = (count: number) => count * MINUTE_MS;
const pause = fc.constantFrom(
  ...[0, 0, 1, minutes(1), minutes(10), minutes(25), GAP_MS - 1, GAP_MS, GAP_MS + 1],
  ...[minutes(31), minutes(45), minutes(70)],
);
const moment = (pauses: fc.Arbitrary<number>, campaigns: string[]) =>
  fc.record({
    pause: pauses,
    what: fc.constantFrom('page', 'page', 'page', 'view', 'add', 'order', 'click'),
    campaign: fc.constantFrom(...campaigns),
    /** The increments in which it is delivered: mostly one, sometimes again. */
    arrivals: fc.array(fc.nat(INCREMENTS - 1), { minLength: 1, maxLength: 2 }),
    isBot: fc.nat(19).map((dice) => dice === 0),
  });
const restless = fc.array(moment(pause, ['', '', '', 'A', 'B', 'click']), {
  minLength: 1,
  maxLength: 12,
});
/** Unbroken for more than a day, or nearly so. */
const dayLong = fc.array(
  moment(
    fc.constantFrom(minutes(24), minutes(28), GAP_MS - 1, ...[0, 0]),
    [...' '.repeat(60), 'A'].map((text) => text.trim()),
  ),
  { minLength: 60, maxLength: 130 },
);
const visitor = fc.record({
  start: fc.integer({ min: 0, max: 480 }),
  moments: fc.oneof({ arbitrary: restless, weight: 15 }, { arbitrary: dayLong, weight: 1 }),
});
const histories = fc.array(visitor, { minLength: VISITORS, maxLength: VISITORS });

const WHAT: Record<string, Partial<BronzeEvent>> = {
  page: { call: 'page' },
  view: { event: 'Product Viewed', properties: { product_id: 'p1' } },
  add: { event: 'Product Added', properties: { product_id: 'p2' } },
  order: { event: 'Order Completed' },
  click: { event: 'Button Clicked' },
};

interface Arriving {
  event: BronzeEvent & { messageId: string; visitor: string };
  arrivals: number[];
  campaign: string;
}

function eventsOf(name: string, start: number, moments: Moment[]): Arriving[] {
  let at = EPOCH + minutes(start);
  return moments.map(({ pause: before, what, campaign, arrivals, isBot }, index) => {
    at += before;
    const messageId = `${name}-${String(index).padStart(3, '0')}`;
    const event = {
      ...WHAT[what],
      ...(what === 'order' ? { properties: { order_id: `order-${messageId}`, total: 1 } } : {}),
      ...(campaign === 'click' ? { click: { name: 'gclid', id: 'g' } } : {}),
      ...(campaign.length === 1 ? { utm: { campaign } } : {}),
      ...{ messageId, visitor: name, at: new Date(at).toISOString(), isBot },
    };
    return { event, arrivals, campaign };
  });
}

interface Session {
  events: Arriving[];
  campaign: string;
  startedAt: number;
}

/** Sorts a visitor's events and walks through them once. */
function sessionise(history: Arriving[]): Session[] {
  const time = ({ event }: Arriving) => Date.parse(event.at);
  const sorted = history
    .filter(({ event }) => event.isBot !== true)
    .sort((a, b) => time(a) - time(b) || (a.event.messageId < b.event.messageId ? -1 : 1));
  const sessions: Session[] = [];
  let last = -Infinity;
  let lastCampaign = '';
  let cutFrom = -Infinity;
  for (const each of sorted) {
    const at = time(each);
    const isPause = at - last >= GAP_MS;
    if (isPause) lastCampaign = '';
    const isCampaign = each.campaign !== '' && each.campaign !== lastCampaign;
    if (isPause || isCampaign) cutFrom = at;
    const isCut = at - cutFrom >= DAY_MS;
    // The next day is counted from the cut, not from the first event after it.
    while (at - cutFrom >= DAY_MS) cutFrom += DAY_MS;
    if (isPause || isCampaign || isCut) sessions.push({ events: [], campaign: '', startedAt: at });
    const session = sessions.at(-1)!;
    session.events.push(each);
    session.campaign ||= each.campaign;
    if (each.campaign !== '') lastCampaign = each.campaign;
    last = at;
  }
  return sessions;
}

const isView = ({ event }: Arriving) => event.call === 'page';
const counted = (session: Session, name: string) =>
  session.events.filter(({ event }) => event.event === name).length;

function drawn(history: Arriving[]): string[] {
  return sessionise(history).map((session, index) =>
    [
      session.events[0]!.event.visitor,
      session.events[0]!.event.messageId,
      session.startedAt,
      Date.parse(session.events.at(-1)!.event.at),
      session.events.length,
      session.events.filter(isView).length,
      counted(session, 'Product Viewed'),
      counted(session, 'Product Added'),
      counted(session, 'Order Completed'),
      session.campaign,
      index === 0,
    ].join(' | '),
  );
}

function ordersOf(history: Arriving[]): string[] {
  return sessionise(history).flatMap(({ events }) =>
    events
      .filter(({ event }) => event.event === 'Order Completed')
      .map(({ event }) => `order-${event.messageId} | ${events[0]!.event.messageId}`),
  );
}

const FIRST = `
  select lower(hex(sipHash128(visitor_id, message_id))) as session_id, message_id as first
  from silver.events`;
const STANDING = `
  select visitor_id, first, toUnixTimestamp64Milli(started_at) as start,
    toUnixTimestamp64Milli(ended_at) as end, s.events, s.page_views, s.product_views,
    s.adds_to_cart, s.orders, utm_campaign || if(click_id = '', '', 'click') as campaign, is_first
  from silver.sessions as s inner join (${FIRST}) as f on f.session_id = s.session_id
  where startsWith(visitor_id, {prefix}) order by visitor_id, start, first`;
const ORDERED = `
  select order_id, first
  from silver.orders inner join (${FIRST}) as f on f.session_id = orders.session_id
  where startsWith(anonymous_id, {prefix}) order by order_id`;

it('cuts the same sessions as a walk, whatever has arrived', async () => {
  let run = 0;
  const property = fc.asyncProperty(histories, async (visitors) => {
    const prefix = `run${(run += 1)}-`;
    const rows = (sql: string) =>
      rowsOf(pipeline.warehouse, sql.replaceAll('{prefix}', `'${prefix}'`));
    const all = visitors.map(({ start, moments }, index) =>
      eventsOf(`${prefix}${String(index).padStart(3, '0')}`, start, moments),
    );
    for (let step = 0; step < INCREMENTS; step += 1) {
      const arriving = all.flat().filter(({ arrivals }) => arrivals.includes(step));
      await increment(pipeline, arriving.map(({ event }) => event).reverse());
      const known = all.map((history) =>
        history.filter(({ arrivals }) => arrivals.some((arrival) => arrival <= step)),
      );
      expect(await rows(STANDING)).toEqual(known.flatMap(drawn));
      expect(await rows(ORDERED)).toEqual(known.flatMap(ordersOf).sort());
    }
    await expectBehaviourAgrees(pipeline);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
});
