/** What every client sends in these specs, and what must then stand in silver. */
import type { JsonObject } from '../../../src/contracts/json.js';
import type { Warehouse } from '../../../src/platform/warehouse/warehouse.js';

export const PERSON = 'ada@example.com';

/** A call as its SDK was asked to make it. */
export interface Made {
  call: 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias';
  event?: string;
  userId?: string;
  anonymousId?: string;
  /** What stands beside the ids: properties, traits, a name, a group. */
  given: JsonObject;
}

/** One of each call; `name` keeps its orders and visitors apart from others'. */
export function callsOf(name: string): Made[] {
  const anonymousId = `visitor-${name}`;
  const products = [
    { product_id: 'p1', name: 'Mug', price: 12.5, quantity: 2 },
    { product_id: 'p2', name: 'Pot', price: 40, quantity: 1 },
  ];
  const order = { order_id: `order-${name}`, currency: 'EUR', total: 65, products };
  const viewed = { product_id: 'p1', name: 'Mug', price: 12.5, currency: 'EUR' };
  return [
    { call: 'page', anonymousId, given: { name: 'Home', properties: { path: '/' } } },
    { call: 'track', event: 'Product Viewed', anonymousId, given: { properties: viewed } },
    {
      ...{ call: 'identify', userId: PERSON, anonymousId },
      given: { traits: { email: PERSON, plan: 'gold' } },
    },
    {
      ...{ call: 'track', event: 'Order Completed', userId: PERSON, anonymousId },
      given: { properties: order },
    },
    { call: 'group', userId: PERSON, anonymousId, given: { groupId: 'acme' } },
    { call: 'alias', userId: PERSON, given: { previousId: anonymousId } },
    { call: 'screen', userId: `customer-${name}`, given: { name: 'Basket' } },
  ];
}

/** A call by the message id under which its client delivered it. */
export type Delivered = Map<string, Made>;

interface Row {
  message_id: string;
  call: string;
  event: string;
  user_id: string;
  anonymous_id: string;
  order_id: string;
}

const EMAIL_TOKEN = /^eml_[0-9a-f]{32}$/;

/** What silver must hold of a call; the person's address stands as a token. */
function rowOf(messageId: string, made: Made, token: string): Partial<Row> {
  const { order_id: orderId = '' } = (made.given['properties'] ?? {}) as { order_id?: string };
  return {
    message_id: messageId,
    call: made.call,
    event: made.event ?? '',
    // What was not given a client may add: a browser knows its visitor, and who that is.
    ...(made.userId === undefined ? {} : { user_id: made.userId === PERSON ? token : made.userId }),
    ...(made.anonymousId === undefined ? {} : { anonymous_id: made.anonymousId }),
    order_id: orderId,
  };
}

/**
 * Expects each call exactly once in silver, with its ids, nothing beside them, and no address in
 * the clear.
 */
export async function expectOnceInSilver(
  warehouse: Warehouse,
  delivered: Delivered,
): Promise<void> {
  const rows = await warehouse.query<Row>('reader', 'select * from silver.events');
  const tokens = new Set(rows.map((row) => row.user_id).filter((id) => EMAIL_TOKEN.test(id)));
  expect(tokens.size).toBe(1);
  const [token] = tokens;
  const byId = (a: { message_id?: string }, b: { message_id?: string }) =>
    (a.message_id ?? '').localeCompare(b.message_id ?? '');
  const expected = [...delivered].map(([id, made]) => rowOf(id, made, token!)).sort(byId);
  expect(rows.map((row) => row.message_id).sort()).toEqual([...delivered.keys()].sort());
  expect(rows.sort(byId)).toMatchObject(expected);
  expect(JSON.stringify(rows)).not.toContain(PERSON);
}
