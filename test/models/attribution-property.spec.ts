/** Random journeys over shared devices, credited by the models and by a plain walk. */
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { increment, line } from './golden.js';

const VISITORS = 25;
const CUSTOMERS = 12;
/** More are for `npm run trials`. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1);
const SEED = 20261121;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LOOKBACK_MS = 30 * DAY_MS;
const HALF_LIFE_MS = 7 * DAY_MS;
const MODELS = ['first', 'last', 'last_non_direct', 'linear', 'position_based', 'time_decay'];
const EPOCH = Date.UTC(2026, 8, 1);
const HOURS = 45 * 24;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

/** What a visitor did, each in an hour and so in a session of its own. */
interface Deed {
  hour: number;
  what: 'visit' | 'identify' | 'order' | 'order by name';
  customer: number;
  isDirect: boolean;
  millionths: number;
  refund: number;
  currency: string;
}

const deed = fc.record({
  // Some lie exactly the lookback apart.
  hour: fc.oneof(fc.nat(HOURS - 1), fc.constantFrom(0, 24, 720, 744)),
  what: fc.constantFrom<Deed['what'][]>(
    ...(['visit', 'visit', 'visit', 'visit', 'identify', 'order', 'order by name'] as const),
  ),
  customer: fc.nat(CUSTOMERS - 1),
  isDirect: fc.boolean(),
  millionths: fc.integer({ min: 0, max: 2_000_000_000 }),
  refund: fc.constantFrom(0, 0, 0.1, 1 / 3, 1),
  currency: fc.constantFrom('USD', 'USD', 'EUR'),
});
const histories = fc.array(
  fc.uniqueArray(deed, { selector: ({ hour }) => hour, minLength: 1, maxLength: 14 }),
  { minLength: VISITORS, maxLength: VISITORS },
);

interface Session {
  visitor: string;
  at: number;
  channel: string;
}
interface Sighting {
  visitor: string;
  at: number;
  customer: string;
}
interface Order {
  id: string;
  visitor: string;
  at: number;
  customer: string;
  price: Decimal;
  currency: string;
}

const EVENTS: Record<Deed['what'], Partial<BronzeEvent>> = {
  visit: { call: 'page' },
  identify: { call: 'identify' },
  order: { event: 'Order Completed' },
  'order by name': { event: 'Order Completed' },
};

/** The events of the histories, and what a walk through them makes of them. */
function play(run: number, visitors: Deed[][]) {
  const events: BronzeEvent[] = [];
  const sessions: Session[] = [];
  const sightings: Sighting[] = [];
  const orders: Order[] = [];
  for (const [index, deeds] of visitors.entries()) {
    const visitor = `run${run}-v${index}`;
    for (const { hour, what, isDirect, ...did } of deeds) {
      // No two visitors do anything at the same instant.
      const at = EPOCH + hour * HOUR_MS + index * MINUTE_MS;
      const iso = new Date(at).toISOString();
      const customer = what === 'visit' || what === 'order' ? '' : `run${run}-c${did.customer}`;
      const channel = isDirect ? 'direct' : 'email';
      const price = new Decimal(did.millionths).div(1_000_000);
      const id = `${visitor}-${hour}`;
      const properties = what.startsWith('order')
        ? { order_id: id, products: [line('p1', 1, price.toFixed(6))] }
        : {};
      events.push({
        ...EVENTS[what],
        ...{ messageId: id, visitor, user: customer, at: iso, channel, properties },
        currency: did.currency,
      });
      sessions.push({ visitor, at, channel });
      if (customer !== '') sightings.push({ visitor, at, customer });
      if (!what.startsWith('order')) continue;
      orders.push({ id, visitor, at, customer, price, currency: did.currency });
      if (did.refund === 0) continue;
      const total = price.mul(did.refund).toDecimalPlaces(6).toFixed(6);
      events.push({
        ...{ event: 'Order Refunded', messageId: `${id}-back`, visitor, currency: did.currency },
        at: new Date(at + 100 * DAY_MS).toISOString(),
        properties: { order_id: id, total },
      });
    }
  }
  return { events, sessions, sightings, orders };
}

type Played = ReturnType<typeof play>;

/** Who holds the device then: who was seen on it last, or before anybody was, the first. */
function holder({ sightings }: Played, visitor: string, at: number): string {
  const own = sightings.filter((seen) => seen.visitor === visitor).sort((a, b) => a.at - b.at);
  return (own.findLast((seen) => seen.at <= at) ?? own[0])?.customer ?? '';
}

function touchesOf(played: Played, order: Order): Session[] {
  const customer = order.customer || holder(played, order.visitor, order.at);
  return played.sessions
    .filter(({ visitor, at }) => {
      if (visitor === order.visitor && at === order.at) return true;
      if (at > order.at || at < order.at - LOOKBACK_MS) return false;
      const held = holder(played, visitor, at);
      return customer === '' ? held === '' && visitor === order.visitor : held === customer;
    })
    .sort((a, b) => a.at - b.at);
}

/** The share of each touch, from the definitions. */
function sharesOf(touches: Session[], order: Order): Record<string, number[]> {
  const last = touches.length - 1;
  const campaign = touches.findLastIndex(({ channel }) => channel !== 'direct');
  const only = (place: number) => touches.map((_, index) => (index === place ? 1 : 0));
  const decays = touches.map(({ at }) => 2 ** ((at - order.at) / HALF_LIFE_MS));
  const total = decays.reduce((sum, decay) => sum + decay, 0);
  const ends = last === 0 ? 1 : last === 1 ? 0.5 : 0.4;
  return {
    first: only(0),
    last: only(last),
    last_non_direct: only(campaign === -1 ? last : campaign),
    linear: touches.map(() => 1 / touches.length),
    position_based: touches.map((_, index) =>
      index === 0 || index === last ? ends : 0.2 / (last - 1),
    ),
    time_decay: decays.map((decay) => decay / total),
  };
}

interface Credit {
  order_id: string;
  entry: string;
  attribution_model: string;
  position: number;
  touched: string;
  weight: string;
  currency: string;
  revenue: string;
  refunds: string;
}

const CREDITS = `
  select order_id, entry, attribution_model, position, weight, currency, a.revenue as revenue,
    a.refunds as refunds, toString(toUnixTimestamp64Milli(touched_at)) as touched
  from gold.fct_attribution as a where startsWith(order_id, {prefix:String})
  order by order_id, entry, attribution_model, position`;
const LEDGER = `
  select order_id, entry, toString(sum(toDecimal128(s.gross, 6) - s.discount)) as revenue,
    toString(sum(s.refunds)) as refunds
  from gold.fct_sales as s where startsWith(order_id, {prefix:String})
  group by order_id, entry`;

function grouped(rows: Credit[], keyOf: (row: Credit) => string): Map<string, Credit[]> {
  const groups = new Map<string, Credit[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    groups.set(keyOf(row), [...group, row]);
  }
  return groups;
}

it('gives every order whole, by each model as a walk does', async () => {
  let run = 0;
  const property = fc.asyncProperty(histories, async (visitors) => {
    run += 1;
    const played = play(run, visitors);
    await increment(pipeline, played.events.reverse(), 'all');
    const parameters = { prefix: `run${run}-` };
    const { warehouse } = pipeline;
    const credits = await warehouse.query<Credit>('reader', CREDITS, parameters);
    const placements = grouped(
      credits.filter(({ entry }) => entry === 'placement'),
      (credit) => `${credit.order_id} ${credit.attribution_model}`,
    );
    expect(placements.size).toBe(6 * played.orders.length);
    for (const order of played.orders) {
      const touches = touchesOf(played, order);
      for (const [model, shares] of Object.entries(sharesOf(touches, order))) {
        const rows = placements.get(`${order.id} ${model}`)!;
        const told = [order.id, model, rows.map(({ touched }) => Number(touched))];
        expect(told).toEqual([order.id, model, touches.map(({ at }) => at)]);
        for (const [index, row] of rows.entries()) {
          expect(Math.abs(Number(row.weight) - shares[index]!)).toBeLessThan(2e-12);
          expect(row.currency).toBe(order.currency);
          const due = order.price.mul(shares[index]!).minus(row.revenue).abs();
          expect(due.toNumber()).toBeLessThan(1.1e-6);
        }
      }
    }
    const ledger = await warehouse.query<Credit>('reader', LEDGER, parameters);
    const given = grouped(
      credits,
      ({ order_id, entry, attribution_model: model }) => `${order_id} ${entry} ${model}`,
    );
    const sum = (rows: Credit[], column: 'revenue' | 'refunds') =>
      rows.reduce((total, row) => total.plus(row[column]), new Decimal(0)).toString();
    for (const { order_id: id, entry, revenue, refunds } of ledger) {
      for (const model of MODELS) {
        const rows = given.get(`${id} ${entry} ${model}`)!;
        expect([id, entry, model, sum(rows, 'revenue'), sum(rows, 'refunds')]).toEqual([
          ...[id, entry, model, new Decimal(revenue).toString(), new Decimal(refunds).toString()],
        ]);
      }
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
});
