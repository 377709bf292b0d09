import type { JsonObject } from '../../contracts/json.js';
import { DAY_MS } from './calendar.js';
import { formatCents } from './ledger.js';
import { ShopSimulation } from './simulation.js';

const UNTIL = '2026-03-31';
const END_MS = Date.UTC(2026, 3, 1);

const object = (value: unknown): JsonObject => (value ?? {}) as JsonObject;
const list = (value: unknown): JsonObject[] => (value ?? []) as JsonObject[];
const cents = (value: unknown): number => Math.round(Number(value) * 100);
const goods = (products: unknown): number =>
  list(products).reduce((sum, line) => sum + cents(line['price']) * Number(line['quantity']), 0);

const simulation = new ShopSimulation({ seed: 42, days: 90, until: UNTIL });
/** The parts of the events that several tests need; the whole range is not held. */
const placed = new Map<string, JsonObject>();
const refunds: JsonObject[] = [];
const cancelled: JsonObject[] = [];
const messageIds = new Set<string>();
const names = new Map<string, number>();
const texts = { url: '', order: '', review: '', traits: '', userId: '' };
let events = 0;
let ordersSeen = 0;
let ordersOfGuests = 0;
let repeatOrders = 0;
let largest = 0;
let firstMs = Infinity;
let lastMs = -Infinity;
let disorderMs = 0;

function readOrder(event: JsonObject, buyers: Set<string>): void {
  const properties = object(event['properties']);
  placed.set(String(properties['order_id']), { ...properties, at: event['timestamp'] });
  ordersSeen += 1;
  texts.order += `${properties['email'] ?? ''} `;
  const userId = event['userId'];
  if (typeof userId !== 'string') ordersOfGuests += 1;
  else if (buyers.has(userId.toLowerCase())) repeatOrders += 1;
  else buyers.add(userId.toLowerCase());
}

beforeAll(() => {
  const buyers = new Set<string>();
  for (const event of simulation.events()) {
    events += 1;
    messageIds.add(String(event['messageId']));
    const name = String(event['event'] ?? event['type']);
    names.set(name, (names.get(name) ?? 0) + 1);
    largest = Math.max(largest, Buffer.byteLength(JSON.stringify(event)));
    const atMs = Date.parse(String(event['timestamp']));
    disorderMs = Math.max(disorderMs, lastMs - atMs);
    firstMs = Math.min(firstMs, atMs);
    lastMs = Math.max(lastMs, atMs);
    const properties = object(event['properties']);
    if (name === 'page') {
      const search = String(properties['search']);
      if (search.includes('email=')) texts.url += search;
    }
    if (name === 'Order Completed') readOrder(event, buyers);
    if (name === 'Order Refunded') refunds.push({ ...properties, at: event['timestamp'] });
    if (name === 'Order Cancelled') cancelled.push({ ...properties, at: event['timestamp'] });
    if (name === 'Product Reviewed') texts.review += String(properties['review_body']);
    if (name === 'identify') texts.traits += JSON.stringify(event['traits']);
    if (String(event['userId'] ?? '').includes('@')) texts.userId += `${String(event['userId'])} `;
  }
});

describe('a simulated quarter', () => {
  it('has the promised size', () => {
    const { emails } = simulation.personalData();
    expect(events).toBeGreaterThan(108_000);
    expect(events).toBeLessThan(132_000);
    expect(placed.size).toBeGreaterThan(2_250);
    expect(placed.size).toBeLessThan(2_750);
    expect(emails.length).toBeGreaterThan(1_700);
    expect(emails.length).toBeLessThan(2_100);
    expect(ordersOfGuests / ordersSeen).toBeCloseTo(0.1, 1);
    expect(repeatOrders / ordersSeen).toBeGreaterThan(0.3);
    expect(repeatOrders / ordersSeen).toBeLessThan(0.4);
    expect(refunds.length / ordersSeen).toBeGreaterThan(0.028);
    expect(refunds.length / ordersSeen).toBeLessThan(0.052);
    expect(cancelled.length / ordersSeen).toBeGreaterThan(0.012);
    expect(cancelled.length / ordersSeen).toBeLessThan(0.03);
  });

  it('plays every kind of event', () => {
    const kinds = [
      'page|identify|Signed Up',
      'Products Searched|Product List Viewed|Product Viewed|Product Added|Product Removed',
      'Cart Viewed|Checkout Started|Payment Info Entered|Order Completed|Order Refunded',
      'Order Cancelled|Product Reviewed',
    ];
    const wanted = kinds.join('|').split('|');
    expect([...names.keys()].sort()).toEqual(wanted.sort());
  });

  it('keeps every timestamp in the range and the events in rough order', () => {
    expect(firstMs).toBeGreaterThanOrEqual(END_MS - 90 * DAY_MS);
    expect(lastMs).toBeLessThan(END_MS);
    expect(firstMs).toBeLessThan(END_MS - 89 * DAY_MS);
    expect(disorderMs).toBeLessThan(DAY_MS / 8);
  });

  it('gives unique message ids and order ids, and small events', () => {
    expect(messageIds.size).toBe(events);
    expect(placed.size).toBe(ordersSeen);
    expect([...messageIds][0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    expect(largest).toBeLessThan(8_192);
  });
});

describe('the money of a simulated quarter', () => {
  it('holds every identity in every order', () => {
    for (const order of placed.values()) {
      const subtotal = goods(order['products']) - cents(order['discount']);
      expect(cents(order['subtotal'])).toBe(subtotal);
      expect(cents(order['revenue'])).toBe(subtotal);
      expect(cents(order['total'])).toBe(subtotal + cents(order['tax']) + cents(order['shipping']));
      expect(order['currency']).toBe('USD');
      expect(list(order['products']).length).toBeGreaterThanOrEqual(1);
      expect(list(order['products']).length).toBeLessThanOrEqual(5);
    }
  });

  it('refunds an order at most once, later, and never more than it was worth', () => {
    const refunded = new Set(refunds.map((refund) => refund['order_id']));
    expect(refunded.size).toBe(refunds.length);
    const kinds = new Set<string>();
    for (const refund of refunds) {
      const order = object(placed.get(String(refund['order_id'])));
      const days = (Date.parse(String(refund['at'])) - Date.parse(String(order['at']))) / DAY_MS;
      expect(days).toBeGreaterThanOrEqual(1);
      expect(days).toBeLessThanOrEqual(20);
      if (refund['products']) {
        kinds.add('partial');
        expect([refund['tax'], refund['shipping']]).toEqual([0, 0]);
        expect(cents(refund['total'])).toBe(goods(refund['products']));
        expect(cents(refund['total'])).toBeLessThanOrEqual(cents(order['subtotal']));
      } else {
        kinds.add('full');
        const parts = ['total', 'tax', 'shipping'];
        expect(parts.map((part) => refund[part])).toEqual(parts.map((part) => order[part]));
      }
    }
    expect([...kinds].sort()).toEqual(['full', 'partial']);
  });

  it('cancels an order at most once, within two days, and never one that was refunded', () => {
    const refunded = new Set(refunds.map((refund) => refund['order_id']));
    expect(new Set(cancelled.map((order) => order['order_id'])).size).toBe(cancelled.length);
    for (const cancellation of cancelled) {
      const order = object(placed.get(String(cancellation['order_id'])));
      const days =
        (Date.parse(String(cancellation['at'])) - Date.parse(String(order['at']))) / DAY_MS;
      expect(days).toBeGreaterThan(0);
      expect(days).toBeLessThanOrEqual(2);
      expect(refunded.has(cancellation['order_id'])).toBe(false);
    }
  });

  it('adds up to what expected() says', () => {
    const orders = [...placed.values()];
    const sum = (of: (order: JsonObject) => number) =>
      orders.reduce((all, one) => all + of(one), 0);
    const gross = sum((order) => goods(order['products']));
    const discounts = sum((order) => cents(order['discount']));
    const refundedGoods = refunds
      .map((refund) => cents(refund['total']) - cents(refund['tax']) - cents(refund['shipping']))
      .reduce((all, one) => all + one, 0);
    const cancelledGoods = cancelled
      .map((one) => object(placed.get(String(one['order_id']))))
      .reduce((all, order) => all + goods(order['products']) - cents(order['discount']), 0);
    const taken = refundedGoods + cancelledGoods;
    expect(simulation.expected()).toEqual({
      orders: orders.length,
      units: sum((order) =>
        list(order['products']).reduce((all, line) => all + Number(line['quantity']), 0),
      ),
      grossSales: formatCents(gross),
      discounts: formatCents(discounts),
      refunds: formatCents(taken),
      netSales: formatCents(gross - discounts - taken),
      tax: formatCents(sum((order) => cents(order['tax']))),
      shipping: formatCents(sum((order) => cents(order['shipping']))),
      cancelledOrders: cancelled.length,
      events,
    });
  });
});

describe('the personal data of a simulated quarter', () => {
  it('stands in every place where shops put it, and all of it is reported', () => {
    const known = new Set(simulation.personalData().emails);
    const address = /[\w.%+-]+(?:@|%40)example\.com/gi;
    for (const [place, text] of Object.entries(texts)) {
      const found = (text.replaceAll('email=', ' ').match(address) ?? []).map((match) =>
        decodeURIComponent(match).toLowerCase(),
      );
      expect([place, found.length > 0]).toEqual([place, true]);
      expect(found.filter((email) => !known.has(email))).toEqual([]);
    }
    expect(texts.url).toContain('%40');
    expect(texts.traits).toMatch(/[A-Z]\w+\.\w+@Example\.Com/);
    expect(texts.traits).toMatch(/"firstName".*"birthday".*"street".*"postalCode"/);
  });

  it('reports exactly the phones that were sent', () => {
    const { phones, emails } = simulation.personalData();
    const sent = new Set(texts.traits.match(/\+(?:44 7700 \d{6}|1 555 \d{3} \d{4})/g));
    expect([...sent].sort()).toEqual([...phones].sort());
    expect(new Set(phones).size).toBe(phones.length);
    expect(new Set(emails).size).toBe(emails.length);
    expect(phones.some((phone) => texts.review.includes(phone))).toBe(true);
  });
});
