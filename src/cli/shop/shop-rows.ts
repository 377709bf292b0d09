/**
 * The rows of the shop's own database as they stand at the end of a simulation: the second source
 * that a warehouse can hold against the tracked events. Imported by the CLI's demo and by tests.
 */
import { setImmediate } from 'node:timers/promises';
import { allotToLines, type LineAmounts } from './allotment.js';
import { CATALOGUE } from './catalogue.js';
import { formatCents } from './ledger.js';
import type { Order, OrderLine, Refund } from './orders.js';
import type { Person } from './people.js';
import type { ShopObserver, ShopSimulation } from './simulation.js';

const CURRENCY = 'USD';
/** About 15 ms of drawing. */
const EVENTS_BETWEEN_PAUSES = 1_000;

/** Times are ISO 8601 in UTC, here and below. */
export interface UserRow {
  id: string;
  email: string;
  name: string;
  country: string;
  created_at: string;
  updated_at: string;
}

/** The price is a decimal string in US dollars. */
export interface ItemRow {
  id: string;
  sku: string;
  name: string;
  category: string;
  brand: string;
  price: string;
  currency: string;
  updated_at: string;
}

/** One order line; amounts are decimal strings in US dollars. */
export interface PurchaseRow {
  id: number;
  /** The tracked `order_id`. */
  order_number: string;
  user_id: string | null;
  item_id: string;
  quantity: number;
  unit_price: string;
  discount: string;
  tax: string;
  shipping: string;
  currency: string;
  status: 'pending' | 'paid' | 'cancelled' | 'refunded';
  refunded_amount: string | null;
  refunded_at: string | null;
  purchased_at: string;
  updated_at: string;
}

/** Users in the order of their sign-up, items and purchases of their ids. */
export interface ShopRows {
  users: UserRow[];
  items: ItemRow[];
  purchases: PurchaseRow[];
}

/**
 * Runs the simulation to its end; afterwards it answers `expected()`. The events are dropped as
 * they come. A long range takes seconds, so the process is let do its other work meanwhile.
 */
export async function shopRows(simulation: ShopSimulation): Promise<ShopRows> {
  const books = new ShopBooks();
  let events = 0;
  for (const _event of simulation.events(books)) {
    events += 1;
    if (events % EVENTS_BETWEEN_PAUSES === 0) await setImmediate();
  }
  const { users, purchases } = books;
  return { users: [...users.values()], items: itemRows(simulation.startMs), purchases };
}

interface PlacedLine {
  row: PurchaseRow;
  line: OrderLine;
  amounts: LineAmounts;
}

/** Keeps the tables as a shop's back office would, change by change. */
class ShopBooks implements ShopObserver {
  readonly users = new Map<Person, UserRow>();
  readonly purchases: PurchaseRow[] = [];
  private readonly placed = new Map<Order, PlacedLine[]>();

  onRegistered(person: Person): void {
    const at = isoTime(person.registeredAtMs);
    this.users.set(person, {
      id: person.userId!,
      email: person.email,
      name: `${person.firstName} ${person.lastName}`,
      country: person.country,
      created_at: at,
      updated_at: at,
    });
  }

  onPlaced(order: Order): void {
    const amounts = allotToLines(order.lines, order.amounts);
    const lines = order.lines.map((line, index) => {
      const id = this.purchases.length + 1 + index;
      return { row: purchaseRow(id, order, line, amounts[index]!), line, amounts: amounts[index]! };
    });
    this.purchases.push(...lines.map(({ row }) => row));
    this.placed.set(order, lines);
    const user = order.customer && this.users.get(order.customer);
    if (user) user.updated_at = isoTime(order.placedAtMs);
  }

  onRefunded(order: Order, { returned }: Refund, atMs: number): void {
    for (const { row, line, amounts } of this.take(order)) {
      const back = returned?.find(({ product }) => product === line.product);
      // Nothing came back of this line, so nothing in its row changes.
      if (returned && !back) continue;
      const cents = back ? back.product.priceCents * back.quantity : amounts.totalCents;
      row.refunded_amount = formatCents(cents);
      row.refunded_at = row.updated_at = isoTime(atMs);
      if (!returned) row.status = 'refunded';
    }
  }

  onCancelled(order: Order, atMs: number): void {
    for (const { row } of this.take(order)) {
      row.status = 'cancelled';
      row.updated_at = isoTime(atMs);
    }
  }

  /** The lines of an order whose fate is sealed: nothing further happens to it. */
  private take(order: Order): PlacedLine[] {
    const lines = this.placed.get(order) ?? [];
    this.placed.delete(order);
    return lines;
  }
}

function purchaseRow(
  id: number,
  order: Order,
  { product, quantity }: OrderLine,
  amounts: LineAmounts,
): PurchaseRow {
  const at = isoTime(order.placedAtMs);
  return {
    id,
    order_number: order.orderId,
    // Events may carry an e-mail for an id in mixed case; a database knows its customer by one id.
    user_id: order.customer?.userId ?? null,
    item_id: product.productId,
    quantity,
    unit_price: formatCents(product.priceCents),
    discount: formatCents(amounts.discountCents),
    tax: formatCents(amounts.taxCents),
    shipping: formatCents(amounts.shippingCents),
    currency: CURRENCY,
    status: 'paid',
    refunded_amount: null,
    refunded_at: null,
    purchased_at: at,
    updated_at: at,
  };
}

/** The price list was written before the first visitor came. */
function itemRows(writtenAtMs: number): ItemRow[] {
  return CATALOGUE.map((product) => ({
    id: product.productId,
    sku: product.sku,
    name: product.name,
    category: product.category,
    brand: product.brand,
    price: formatCents(product.priceCents),
    currency: CURRENCY,
    updated_at: isoTime(writtenAtMs),
  }));
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
