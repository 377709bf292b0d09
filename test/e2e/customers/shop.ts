/**
 * A shop of six customers, reckoned by hand. 2026, UTC, in USD but for Fay's:
 *
 *   ann   6 Jan 100 (20 of it refunded on 8 Mar) · 10 Feb 50 − 10 · 5 Mar 30    e-mail, review of a1
 *   ben   7 Jan 30 · 9 Mar 70
 *   cat   8 Feb 30
 *   dan  11 Feb 40 · 12 Mar 60 (cancelled on the 13th)
 *   eve   9 Mar 80
 *   fay   6 Feb 10 EUR · 9 Mar 20 EUR
 *
 * Ann came by google/cpc/spring in January, in Germany; all else is direct, from the US. An order of
 * 5 is of nobody known, on 20 March.
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import { startTestService, type TestService } from '../../support/service.js';

export const YEAR = { from: '2026-01-01', to: '2026-04-01' };

const goods = (category: string, price: number): JsonObject => ({
  ...{ product_id: category, name: category, category, price, quantity: 1 },
});

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

interface Placed {
  id: string;
  user?: string;
  at: string;
  products: JsonObject[];
  more?: JsonObject;
  query?: string;
  country?: string;
}

export function placedCalls({
  id,
  user,
  at,
  products,
  more,
  query,
  country,
}: Placed): JsonObject[] {
  const visitor = `v-${user ?? id}`;
  const url = `https://shop.example.com/p${query ?? ''}`;
  const call = (name: string, rest: JsonObject): JsonObject => ({
    ...{ messageId: `${id}-${name}`, anonymousId: visitor, timestamp: at },
    ...(user === undefined ? {} : { userId: user }),
    context: {
      ...{ location: { country: country ?? 'US' }, userAgent: BROWSER },
      page: { url, path: '/p' },
    },
    ...rest,
  });
  const properties = { order_id: id, currency: 'USD', products, ...more };
  return [
    call('page', { type: 'page', properties: { url, path: '/p' } }),
    call('order', { type: 'track', event: 'Order Completed', properties }),
  ];
}

const server = (user: string, id: string, at: string, event: string, properties: JsonObject) => ({
  ...{ type: 'track', messageId: id, userId: user, timestamp: at, event, properties },
  context: { channel: 'server' },
});

const KITCHEN = (price: number) => [goods('Kitchen', price)];
const EURO = { currency: 'EUR' };

export const CALLS: JsonObject[] = [
  ...placedCalls({
    ...{ id: 'a1', user: 'ann', at: '2026-01-06T10:00:00Z', country: 'DE' },
    products: [goods('Kitchen', 60), goods('Lighting', 40)],
    query: '?utm_source=google&utm_medium=cpc&utm_campaign=spring',
  }),
  ...placedCalls({
    ...{ id: 'a2', user: 'ann', at: '2026-02-10T10:00:00Z', products: KITCHEN(50) },
    more: { discount: 10 },
  }),
  ...placedCalls({ id: 'a3', user: 'ann', at: '2026-03-05T10:00:00Z', products: KITCHEN(30) }),
  ...placedCalls({ id: 'b1', user: 'ben', at: '2026-01-07T10:00:00Z', products: KITCHEN(30) }),
  ...placedCalls({ id: 'b2', user: 'ben', at: '2026-03-09T10:00:00Z', products: KITCHEN(70) }),
  ...placedCalls({ id: 'c1', user: 'cat', at: '2026-02-08T10:00:00Z', products: KITCHEN(30) }),
  ...placedCalls({ id: 'd1', user: 'dan', at: '2026-02-11T10:00:00Z', products: KITCHEN(40) }),
  ...placedCalls({ id: 'd2', user: 'dan', at: '2026-03-12T10:00:00Z', products: KITCHEN(60) }),
  ...placedCalls({ id: 'e1', user: 'eve', at: '2026-03-09T11:00:00Z', products: KITCHEN(80) }),
  ...placedCalls({
    ...{ id: 'f1', user: 'fay', at: '2026-02-06T10:00:00Z', products: KITCHEN(10), more: EURO },
  }),
  ...placedCalls({
    ...{ id: 'f2', user: 'fay', at: '2026-03-09T10:00:00Z', products: KITCHEN(20), more: EURO },
  }),
  ...placedCalls({ id: 'g1', at: '2026-03-20T10:00:00Z', products: KITCHEN(5) }),
  server('ann', 'a1-refund', '2026-03-08T10:00:00Z', 'Order Refunded', {
    ...{ order_id: 'a1', refund_id: 'r1', total: 20, currency: 'USD' },
  }),
  server('dan', 'd2-gone', '2026-03-13T10:00:00Z', 'Order Cancelled', { order_id: 'd2' }),
  {
    ...{ type: 'identify', messageId: 'ann-told', userId: 'ann', anonymousId: 'v-ann' },
    timestamp: '2026-01-06T10:01:00Z',
    traits: { email: 'Ann@example.com', phone: '+49 30 1234567', plan: 'gold', language: 'de' },
  },
  // Zoe, who never ordered, uses Ann's browser.
  {
    ...{ type: 'identify', messageId: 'zoe-told', userId: 'zoe', anonymousId: 'v-ann' },
    ...{ timestamp: '2026-03-20T12:00:00Z', traits: { plan: 'free' } },
    context: { location: { country: 'US' }, userAgent: BROWSER },
  },
  server('ann', 'ann-review', '2026-01-20T10:00:00Z', 'Product Reviewed', {
    ...{ product_id: 'Kitchen', review_id: 'w1', order_id: 'a1' },
    ...{ review_body: 'A wonderful kettle, I love it.', rating: 5 },
  }),
];

export interface Shop extends TestService {
  /** Reads what a marketing department reads. */
  readKey: string;
}

export async function openShop(calls: readonly JsonObject[] = CALLS): Promise<Shop> {
  const service = await startTestService();
  const writeKey = await service.key('events:write');
  const readKey = await service.key('customers:read', 'behaviour:read', 'sales:read');
  for (let start = 0; start < calls.length; start += 500) {
    const batch = calls.slice(start, start + 500);
    const response = await service.post('/v1/batch', { batch }, writeKey);
    expect(await response.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
  }
  const { status, models } = await service.run();
  const unpublished = Object.entries(models).filter(([, { reason }]) => reason !== undefined);
  expect({ status, unpublished }).toEqual({ status: 'published', unpublished: [] });
  return { ...service, readKey };
}
