/**
 * One month of a small shop, as it arrives: four loads with what is late, sent twice, corrected and
 * withdrawn, from storefront, database and files. What belongs to one order's visits arrives before
 * or with it, since credits stand once made.
 */
import { deleted, sourceOf, type BronzeRecord, type Fields } from '../support/records.js';
import type { BronzeEvent } from '../support/pipeline.js';
import type { Entity } from '../../src/ingest/sources/entities.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { line } from './golden.js';
import type { Load } from './stories.js';

const DAY_MS = 86_400_000;
const FIRST = Math.floor(Date.now() / DAY_MS) * DAY_MS - 30 * DAY_MS;

/** An instant of the month's day, counted from 1; the month ends two days before today. */
export const on = (day: number, time = '10:00') =>
  new Date(FIRST + (day - 1) * DAY_MS + Date.parse(`1970-01-01T${time}:00Z`)).toISOString();

const shop = sourceOf('shop_database', 'shop');
const fileRecord = (entity: Entity, id: string, at: string, fields: Fields): BronzeRecord => ({
  ...{ origin: 'file', source: 'files', entity, id, at, fields },
});
const spend = (id: string, day: number, read: number, fields: Fields) =>
  fileRecord('ad_spend', id, on(read), {
    ...{ date: on(day).slice(0, 10), campaign: 'spring', source: 'google', medium: 'cpc' },
    ...{ impressions: 100, clicks: 10, currency: 'USD', ...fields },
  });
const rate = (id: string, day: number, read: number, value: string) =>
  fileRecord('fx_rates', id, on(read), {
    ...{ date: on(day).slice(0, 10), base: 'EUR', quote: 'USD', rate: value },
  });
const withdrawnRate = rate('eur-2', 2, 11, '1.3');
const ticket = (id: string, read: number, fields: Fields) =>
  fileRecord('feedback', id, on(read), {
    ...{ kind: 'ticket', product_id: 'p1', customer_id: 'ann', created_at: on(6), channel: 'mail' },
    ...fields,
  });

const spring = { source: 'google', medium: 'cpc', campaign: 'spring' };
const page = (visitor: string, at: string, rest: Partial<BronzeEvent> = {}): BronzeEvent => ({
  ...{ call: 'page', visitor, at, page: '/', ...rest },
});
const track = (
  event: string,
  visitor: string,
  at: string,
  properties: JsonObject,
  rest: Partial<BronzeEvent> = {},
): BronzeEvent => ({ event, visitor, at, properties, messageId: `${event}-${at}`, ...rest });
const order = (id: string, visitor: string, at: string, properties: JsonObject, user?: string) =>
  track('Order Completed', visitor, at, { order_id: id, ...properties }, user ? { user } : {});

const VISIT = { channel: 'paid_search', utm: spring };
const mug = { product_id: 'p1', name: 'Mug', category: 'Kitchen', price: 10 };
const twoMugs = { products: [line('p1', 2, 10), line('p2', 1, 5)], discount: 3, coupon: 'SPRING5' };

const annsFirst: BronzeEvent[] = [
  page('v1', on(1, '10:00'), VISIT),
  track('Products Searched', 'v1', on(1, '10:02'), { query: 'mug', results: 3 }, VISIT),
  track('Product Viewed', 'v1', on(1, '10:05'), mug, VISIT),
  track('Product Added', 'v1', on(1, '10:10'), mug, VISIT),
  { ...order('e1', 'v1', on(1, '10:20'), { ...twoMugs, tax: 2, shipping: 1 }, 'ann'), ...VISIT },
];
const annIs = (day: number, plan: string): BronzeEvent => ({
  ...{ call: 'identify', visitor: 'v1', user: 'ann', at: on(day, '09:00'), traits: { plan } },
});
const bobs = [
  page('v2', on(2, '11:00'), { channel: 'direct' }),
  {
    ...order('e2', 'v2', on(2, '11:10'), { products: [line('p3', 1, 20)] }, 'bob'),
    currency: 'EUR',
  },
];
const cleos = [
  page('v4', on(4, '12:00'), { channel: 'email', utm: { campaign: 'fall' } }),
  order('e3', 'v4', on(4, '12:05'), { products: [line('p2', 4, 5)] }, 'cleo'),
];
const annsSecond = [
  page('v1', on(8, '10:00'), { channel: 'direct' }),
  order('e4', 'v1', on(8, '10:15'), { products: [line('p1', 1, 10)] }, 'ann'),
];
const dans = [
  page('v5', on(3, '13:00'), { channel: 'direct' }),
  order('e5', 'v5', on(3, '13:10'), { total: 42 }, 'dan'),
];
const olds = [
  { call: 'alias', at: on(9, '08:00'), visitor: 'v6', previousId: 'ann-old', user: 'ann' },
  order('e6', 'v6', on(9, '08:10'), { products: [line('p2', 2, 5)] }, 'ann-old'),
];
const bounce = page('v3', on(5, '15:00'), { channel: 'direct' });
const robot = page('v-robot', on(5, '15:10'), { isBot: true });
const trial = order('e7', 'v7', on(5, '16:00'), { total: 9, test: true }, 'tester');
const refund = track('Order Refunded', 'v1', on(6, '10:00'), {
  ...{ order_id: 'e1', refund_id: 'r1', products: [line('p1', 1, 10)] },
});
const cancellation = track('Order Cancelled', 'v4', on(5, '10:00'), { order_id: 'e3' });
const edit = track('Order Updated', 'v1', on(8, '12:00'), {
  ...{ order_id: 'e4', products: [line('p1', 3, 10)] },
});
const review = (day: number, rating: number, body: string) =>
  track('Product Reviewed', 'v1', on(day, '18:00'), {
    ...{ review_id: 'r-1', product_id: 'p1', name: 'Mug', category: 'Kitchen' },
    ...{ rating, review_body: body },
  });

const eve = (read: number, plan: string, changed: number) =>
  shop.customer('eve', on(read), { country: 'AT', plan, updated_at: on(changed) });
const product = (read: number, name: string, changed: number) =>
  shop.product('p4', on(read), {
    ...{ name, category: 'Home', brand: 'Acme', price: 8, updated_at: on(changed) },
  });
const header = (id: string, read: number, fields: Fields = {}) =>
  shop.order(id, on(read), { placed_at: on(3), customer_id: 'eve', ...fields });
const dbLine = (number: number, read: number, fields: Fields) =>
  shop.line('s1', number, on(read), {
    placed_at: on(3),
    name: null,
    customer_id: 'eve',
    ...fields,
  });
const firstLine = (read: number, quantity: number) =>
  dbLine(1, read, { product_id: 'p4', quantity, unit_price: 8 });
const withdrawnLine = dbLine(2, 10, { product_id: 'p9', quantity: 5, unit_price: 9 });
const dbRefund = shop.refund('s1', 'sr1', on(10), { refunded_at: on(7), amount: 4 });

/** The loads; in each, later versions may come before earlier ones. */
export const LOADS: Load[] = [
  {
    events: [...annsFirst, annIs(1, 'free'), ...cleos, edit, robot, review(12, 2, 'It broke.')],
    records: [
      eve(14, 'pro', 13),
      header('s1', 10),
      firstLine(10, 1),
      withdrawnLine,
      spend('day-1', 1, 12, { spend: 12 }),
      spend('day-3', 3, 10, { spend: 7 }),
      rate('eur-1', 1, 10, '1.1'),
      ticket('t1', 12, { title: 'It broke', first_response_at: on(7), resolved_at: on(8) }),
    ],
  },
  {
    // What a line named and the product's own page tells late; the refund before its repetition.
    events: [refund, cancellation, annIs(7, 'pro'), annsFirst[1]!, ...bobs],
    records: [
      header('s2', 10, { total: 99 }),
      product(11, 'Lamp', 2),
      firstLine(11, 2),
      deleted(withdrawnLine, on(12)),
      spend('day-1', 1, 10, { spend: 10 }),
      rate('eur-1', 1, 12, '1.2'),
      withdrawnRate,
      ticket('t1', 10, { title: 'Hello' }),
      ticket('t2', 10, { title: 'Withdrawn' }),
    ],
  },
  {
    events: [refund, ...annsSecond, trial, review(11, 5, 'A good mug'), bounce, annIs(1, 'free')],
    records: [
      eve(10, 'free', 2),
      deleted(header('s2', 10, { total: 99 }), on(13)),
      product(14, 'Lantern', 5),
      dbRefund,
      deleted(withdrawnRate, on(12)),
      deleted(spend('day-3', 3, 10, { spend: 7 }), on(13)),
      deleted(ticket('t2', 10, { title: 'Withdrawn' }), on(14)),
    ],
  },
  {
    // The third day's order comes last of all, and what was sent before comes again.
    events: [...dans, ...olds, ...annsFirst, ...bobs.toReversed(), cancellation],
    records: [
      firstLine(11, 2),
      spend('day-2', 2, 14, { spend: 5 }),
      eve(14, 'pro', 13),
      rate('eur-1', 1, 10, '1.1'),
    ],
    reads: [shop.read(on(1), on(15))],
  },
];
