/** The shop's tables against the events of the same simulation, which tell the same story. */
import type { JsonObject } from '../../contracts/json.js';
import { CATALOGUE } from './catalogue.js';
import { formatCents } from './ledger.js';
import { shopRows, type PurchaseRow, type ShopRows } from './shop-rows.js';
import { ShopSimulation, type SimulationOptions } from './simulation.js';

const object = (value: unknown): JsonObject => (value ?? {}) as JsonObject;
const list = (value: unknown): JsonObject[] => (value ?? []) as JsonObject[];
const cents = (value: unknown): number => Math.round(Number(value) * 100);
const sumOf = (rows: PurchaseRow[], of: (row: PurchaseRow) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0);
const worth = (row: PurchaseRow): number =>
  row.quantity * cents(row.unit_price) - cents(row.discount) + cents(row.tax) + cents(row.shipping);
/** Ids that are e-mails come in mixed case in some events. */
const oneCase = (userId: unknown): string | null => {
  if (typeof userId !== 'string') return null;
  return userId.includes('@') ? userId.toLowerCase() : userId;
};

interface Told {
  placed: JsonObject[];
  refunds: JsonObject[];
  cancellations: JsonObject[];
  identified: Set<string | null>;
}

/** What the events say, each with its time and user. */
function tell(simulation: ShopSimulation): Told {
  const told: Told = { placed: [], refunds: [], cancellations: [], identified: new Set() };
  for (const event of simulation.events()) {
    const { event: name, type, timestamp: at, userId } = event;
    const fact = { ...object(event['properties']), at, userId };
    if (name === 'Order Completed') told.placed.push(fact);
    if (name === 'Order Refunded') told.refunds.push(fact);
    if (name === 'Order Cancelled') told.cancellations.push(fact);
    if (type === 'identify') told.identified.add(oneCase(userId));
  }
  return told;
}

function byOrder(purchases: PurchaseRow[]): Map<string, PurchaseRow[]> {
  const orders = new Map<string, PurchaseRow[]>();
  for (const row of purchases) {
    orders.set(row.order_number, [...(orders.get(row.order_number) ?? []), row]);
  }
  return orders;
}

const ranges: SimulationOptions[] = [
  { seed: 1, days: 30, until: '2026-10-31' },
  { seed: 42, days: 30, until: '2026-03-31' },
  { seed: 2_026, days: 30, until: '2026-02-28' },
];

describe.each(ranges)('the tables of a shop (%j)', (options) => {
  const simulation = new ShopSimulation(options);
  let rows: ShopRows;
  let orders: Map<string, PurchaseRow[]>;
  let told: Told;

  const linesOf = (fact: JsonObject): PurchaseRow[] => orders.get(String(fact['order_id'])) ?? [];

  beforeAll(async () => {
    rows = await shopRows(simulation);
    orders = byOrder(rows.purchases);
    told = tell(new ShopSimulation(options));
  });

  it('hold each order with the lines and amounts that were tracked, to the cent', () => {
    expect(orders.size).toBe(told.placed.length);
    for (const order of told.placed) {
      const lines = linesOf(order);
      expect(
        lines.map((row) => [row.item_id, row.quantity, cents(row.unit_price), row.currency]),
      ).toEqual(
        list(order['products']).map((product) => [
          product['product_id'],
          product['quantity'],
          cents(product['price']),
          'USD',
        ]),
      );
      expect(sumOf(lines, (row) => cents(row.discount))).toBe(cents(order['discount']));
      expect(sumOf(lines, (row) => cents(row.tax))).toBe(cents(order['tax']));
      expect(sumOf(lines, (row) => cents(row.shipping))).toBe(cents(order['shipping']));
      expect(sumOf(lines, worth)).toBe(cents(order['total']));
      const heads = lines.map((row) => [row.user_id, row.purchased_at]);
      expect(heads).toEqual(lines.map(() => [oneCase(order['userId']), order['at']]));
    }
  });

  it('allot every amount to lines that can bear it', () => {
    for (const row of rows.purchases) {
      expect(cents(row.discount)).toBeGreaterThanOrEqual(0);
      expect(cents(row.discount)).toBeLessThan(row.quantity * cents(row.unit_price));
      expect(cents(row.tax)).toBeGreaterThan(0);
    }
    for (const [, ...others] of orders.values()) {
      expect(others.every((row) => row.shipping === '0.00')).toBe(true);
    }
  });

  it('add up to what the simulation sold', () => {
    const expected = simulation.expected();
    const { purchases } = rows;
    const total = (of: (row: PurchaseRow) => number) => formatCents(sumOf(purchases, of));
    expect({
      orders: orders.size,
      units: sumOf(purchases, (row) => row.quantity),
      grossSales: total((row) => row.quantity * cents(row.unit_price)),
      discounts: total((row) => cents(row.discount)),
      tax: total((row) => cents(row.tax)),
      shipping: total((row) => cents(row.shipping)),
      cancelledOrders: byOrder(purchases.filter((row) => row.status === 'cancelled')).size,
    }).toEqual({
      orders: expected.orders,
      units: expected.units,
      grossSales: expected.grossSales,
      discounts: expected.discounts,
      tax: expected.tax,
      shipping: expected.shipping,
      cancelledOrders: expected.cancelledOrders,
    });
  });

  it('show what was given back, with its time and on the lines it was given back for', () => {
    const kinds = { whole: 0, lines: 0 };
    for (const refund of told.refunds) {
      const lines = linesOf(refund);
      const returned = new Map(
        list(refund['products']).map((one) => [
          one['product_id'],
          cents(one['price']) * Number(one['quantity']),
        ]),
      );
      const isWhole = returned.size === 0;
      kinds[isWhole ? 'whole' : 'lines'] += 1;
      expect(sumOf(lines, (row) => cents(row.refunded_amount))).toBe(cents(refund['total']));
      for (const row of lines) {
        expect(row.status).toBe(isWhole ? 'refunded' : 'paid');
        const given = isWhole ? worth(row) : returned.get(row.item_id);
        if (given === undefined) {
          expect([row.refunded_amount, row.refunded_at]).toEqual([null, null]);
          expect(row.updated_at).toBe(row.purchased_at);
        } else {
          expect(row.refunded_amount).toBe(formatCents(given));
          expect([row.refunded_at, row.updated_at]).toEqual([refund['at'], refund['at']]);
        }
      }
    }
    expect(kinds.whole).toBeGreaterThan(0);
    expect(kinds.lines).toBeGreaterThan(0);
  });

  it('show cancelled orders as such, and leave all others as they were placed', () => {
    expect(told.cancellations.length).toBeGreaterThan(0);
    for (const cancellation of told.cancellations) {
      for (const row of linesOf(cancellation)) {
        const state = [row.status, row.updated_at, row.refunded_amount, row.refunded_at];
        expect(state).toEqual(['cancelled', cancellation['at'], null, null]);
      }
    }
    const changed = new Set(
      [...told.refunds, ...told.cancellations].map((fact) => fact['order_id']),
    );
    for (const row of rows.purchases.filter((each) => !changed.has(each.order_number))) {
      const state = [row.status, row.updated_at, row.refunded_amount, row.refunded_at];
      expect(state).toEqual(['paid', row.purchased_at, null, null]);
    }
  });

  it('know exactly the customers who logged in, by one id each', () => {
    const ids = rows.users.map((user) => user.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(told.identified);
    expect(ids.some((id) => id.includes('@'))).toBe(true);
    const lastOrders = new Map<string | null, string>();
    for (const { user_id: id, purchased_at: at } of rows.purchases) {
      if (at > (lastOrders.get(id) ?? '')) lastOrders.set(id, at);
    }
    expect(lastOrders.has(null)).toBe(true);
    expect(lastOrders.size).toBeLessThan(ids.length);
    for (const user of rows.users) {
      expect(user.updated_at).toBe(lastOrders.get(user.id) ?? user.created_at);
      expect(user.updated_at >= user.created_at).toBe(true);
      expect(user.email).toMatch(/^[a-z.]+\d+@example\.com$/);
      expect(user.name).toMatch(/^\S+ \S+/);
      expect(user.country).toMatch(/^[A-Z]{2}$/);
    }
  });

  it('hold the whole price list and count their purchases from one', () => {
    expect(rows.items.map((item) => [item.id, cents(item.price)])).toEqual(
      CATALOGUE.map((product) => [product.productId, product.priceCents]),
    );
    expect(rows.purchases.map((row) => row.id)).toEqual(
      rows.purchases.map((_, index) => index + 1),
    );
  });
});

describe('shopRows', () => {
  const week: SimulationOptions = { seed: 11, days: 7, until: '2026-01-15' };

  it('repeats itself, and tells another story for another seed', async () => {
    const simulation = new ShopSimulation(week);
    const first = await shopRows(simulation);
    expect(await shopRows(simulation)).toEqual(first);
    const other = await shopRows(new ShopSimulation({ ...week, seed: 12 }));
    expect(other.purchases).not.toEqual(first.purchases);
    expect(other.items).toEqual(first.items);
  });

  it('changes nothing in the events by looking on', () => {
    const looksOn = { onRegistered() {}, onPlaced() {}, onRefunded() {}, onCancelled() {} };
    const unseen = [...new ShopSimulation(week).events()];
    expect([...new ShopSimulation(week).events(looksOn)]).toEqual(unseen);
  });
});
