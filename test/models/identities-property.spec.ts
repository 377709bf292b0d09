/** Random histories of persons: who is who by the models and by a plain walk, whatever has arrived. */
import fc from 'fast-check';
import { openTestPipeline, type BronzeEvent } from '../support/pipeline.js';
import { sourceOf, type BronzeRecord } from '../support/records.js';
import { rowsOf, runOnce } from './golden.js';
import { alias, IDENTITIES, identify, login, order } from './persons.js';
import { load, together } from './stories.js';

const shop = sourceOf('shop_database', 'shop');
const WORLDS = 60;
const INCREMENTS = 4;
const SEED = 20261108;

const small = fc.nat(3);
const act = fc.record({
  what: fc.constantFrom('login', 'login', 'identify', 'alias', 'alias', 'order', 'order'),
  ...{ visitor: fc.nat(2), user: small, other: small, minute: fc.nat(4), arrival: fc.nat(3) },
  isAnonymous: fc.boolean(),
  isStated: fc.boolean(),
});
type Act = typeof act extends fc.Arbitrary<infer Given> ? Given : never;
const worlds = fc.array(fc.array(act, { minLength: 2, maxLength: 9 }), {
  minLength: WORLDS,
  maxLength: WORLDS,
});

interface Told {
  event: BronzeEvent;
  record?: BronzeRecord & { customer: string };
  arrival: number;
}

function toldOf(world: string, acts: Act[]): Told[] {
  return acts.map((given, index) => {
    const [visitor, user] = [`${world}-v${given.visitor}`, `${world}-u${given.user}`];
    const at = `05 10:0${given.minute}`;
    const messageId = `${world}-${index}`;
    const previous = `${world}-${given.isAnonymous ? 'v' : 'u'}${Math.min(given.other, 2)}`;
    const orderId = `${world}-o${index}`;
    const events: Record<string, () => BronzeEvent> = {
      login: () => login(visitor, user, at),
      identify: () => identify(visitor, user, at),
      alias: () => alias(previous, user, at, given.isStated ? visitor : ''),
      order: () => order(orderId, visitor, at, given.isAnonymous ? '' : user),
    };
    const event = { ...events[given.what]!(), messageId };
    if (given.what !== 'order' || !given.isStated) return { event, arrival: given.arrival };
    const customer = `${world}-u${given.other}`;
    const record = { ...shop.order(orderId, event.at, { customer_id: customer }), customer };
    return { event, record, arrival: given.arrival };
  });
}

/** Who goes by which id after the alias calls, by walking from id to id. */
function customersOf(told: Told[]): Map<string, string> {
  const calls = told.map(({ event }) => event).filter(({ call }) => call === 'alias');
  const key = ({ at, messageId }: BronzeEvent) => `${at} ${messageId}`;
  const customers = new Map<string, string>();
  for (const id of calls.flatMap(({ previousId, user }) => [previousId!, user!])) {
    const found = new Set([id]);
    const isNear = (call: BronzeEvent) => found.has(call.previousId!) || found.has(call.user!);
    for (let size = 0; size < found.size;) {
      size = found.size;
      calls.filter(isNear).forEach((call) => found.add(call.previousId!).add(call.user!));
    }
    const newest = calls.filter(isNear).sort((a, b) => (key(a) < key(b) ? 1 : -1))[0]!;
    customers.set(id, newest.user!);
  }
  return customers;
}

function expectedOf(told: Told[]) {
  const customers = customersOf(told);
  const resolve = (id: string) => customers.get(id) ?? id;
  const sightings = new Map<string, Map<string, { key: string; customer: string }>>();
  const see = (visitor: string, user: string, at: string, key: string) => {
    const ofVisitor =
      sightings.get(visitor) ?? new Map<string, { key: string; customer: string }>();
    sightings.set(visitor, ofVisitor);
    if (key >= (ofVisitor.get(at)?.key ?? '')) ofVisitor.set(at, { key, customer: resolve(user) });
  };
  for (const id of customers.keys()) see(id, id, '', '');
  for (const { event, record } of told) {
    const { visitor, user, at, messageId } = event as Required<BronzeEvent>;
    if (user !== '') see(visitor || user, user, at, messageId);
    else if (record) see(visitor, record.customer, at, messageId);
  }
  const identities = [...sightings].flatMap(([visitor, found]) =>
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([at, { customer }]) => ({ visitor, at, customer }))
      .filter(({ customer }, place, all) => customer !== all[place - 1]?.customer)
      .map((each, place) => (place === 0 ? { ...each, at: '' } : each)),
  );
  const orders = told
    .filter(({ event }) => event.event === 'Order Completed')
    .map(({ event, record }) => {
      const known = identities.filter(
        ({ visitor, at }) => visitor === event.visitor && at <= event.at,
      );
      const customer =
        record?.customer ?? (event.user ? resolve(event.user) : known.at(-1)?.customer);
      return `${String(event.properties!['order_id'])} | ${customer ?? ''}`;
    });
  return {
    identities: identities.map(({ visitor, at, customer }) => `${visitor} | ${at} | ${customer}`),
    orders,
    aliases: [...customers].map(([id, customer]) => `${id} | ${customer}`),
  };
}

const STANDING = {
  identities: `
    select visitor_id, if(valid_from = 0, '', formatDateTime(valid_from, '%FT%T.000Z')), customer_id
    from silver.identities`,
  orders: IDENTITIES.orders,
  aliases: IDENTITIES.aliases,
};

it('tells who is who as a walk does, whatever has arrived', async () => {
  const pipeline = await openTestPipeline();
  const [drawn] = fc.sample(worlds, { seed: SEED, numRuns: 1 });
  const told = drawn!.map((acts, index) => toldOf(`w${String(index).padStart(2, '0')}`, acts));
  for (let step = 0; step < INCREMENTS; step += 1) {
    const news = told.flat().filter(({ arrival }) => arrival === step);
    const loads = news.map(({ event, record }) => ({
      events: [event],
      records: record ? [record] : [],
    }));
    await load(pipeline, together(loads));
    await runOnce(pipeline);
    const expected = told.map((world) =>
      expectedOf(world.filter(({ arrival }) => arrival <= step)),
    );
    for (const [table, sql] of Object.entries(STANDING)) {
      const rows = expected.flatMap((world) => world[table as keyof typeof STANDING]);
      expect((await rowsOf(pipeline.warehouse, sql)).sort()).toEqual(rows.sort());
    }
  }
});
