/**
 * The order lines of the raw CSV exports: one row is one line, and rows with the same order number
 * are one order. Imported only inside `cli/shop`.
 */
import { DAY_MS } from './calendar.js';
import type { Product } from './catalogue.js';
import type { Cell } from './csv.js';
import { formatCents } from './ledger.js';
import type { Random } from './prng.js';
import { signedUpBy, type Period } from './raw-period.js';

export const TRANSACTION_COLUMNS = [
  'id',
  'order_number',
  'user_id',
  'item_id',
  'quantity',
  'unit_price',
  'discount',
  'tax',
  'shipping',
  'currency',
  'status',
  'refunded_amount',
  'refunded_at',
  'purchased_at',
  'updated_at',
];

/** What the order lines refer to. */
export interface TransactionsOptions {
  rows: number;
  customers: number;
  catalogue: readonly Product[];
  period: Period;
  random: Random;
}

interface OrderHead {
  orderNumber: string;
  userId: number;
  status: Status;
  discountPercent: number;
  shippingCents: number;
  purchasedAtMs: number;
  changedAtMs: number;
}

type Status = 'pending' | 'paid' | 'cancelled' | 'refunded';

const LINES_PER_ORDER_MAX = 4;
const TAX_PERCENT = 7;
const SHIPPING_CENTS = 595;
/** An order is pending only while it is young. */
const PENDING_MS_MAX = 5 * DAY_MS;
const REFUND_MS_MAX = 20 * DAY_MS;

/** Exactly `rows` order lines, in order of purchase. */
export function* transactionRows(options: TransactionsOptions): Generator<Cell[]> {
  const { rows, catalogue, random } = options;
  let id = 0;
  for (let order = 1; id < rows; order++) {
    const lines = Math.min(random.integer(1, LINES_PER_ORDER_MAX), rows - id, catalogue.length);
    const head = orderHead(order, id / rows, options);
    const firstItem = random.integer(0, catalogue.length - 1);
    for (let line = 0; line < lines; line++) {
      // Steps of one through the price list never meet the same product twice in an order.
      const itemIndex = (firstItem + line) % catalogue.length;
      id += 1;
      yield lineRow(id, head, itemIndex, line === 0, options);
    }
  }
}

/** `progress` is the part of all rows already written: time runs with it. */
function orderHead(order: number, progress: number, options: TransactionsOptions): OrderHead {
  const { customers, period, random } = options;
  const { startMs, endMs } = period;
  const purchasedAtMs = startMs + Math.floor((endMs - startMs) * progress);
  const ageMs = endMs - purchasedAtMs;
  const settled: [Status, number][] = [
    ['paid', 93],
    ['refunded', 4],
    ['cancelled', 3],
  ];
  const isPending = ageMs <= PENDING_MS_MAX && random.chance(0.7);
  const status = isPending ? 'pending' : random.weighted(settled);
  const changedWithinMs = Math.min(ageMs, status === 'refunded' ? REFUND_MS_MAX : PENDING_MS_MAX);
  return {
    orderNumber: `SO-${String(order).padStart(7, '0')}`,
    userId: random.integer(1, signedUpBy(purchasedAtMs, customers, period)),
    status,
    discountPercent: random.chance(0.2) ? random.pick([5, 10, 20]) : 0,
    shippingCents: random.chance(0.4) ? 0 : SHIPPING_CENTS,
    purchasedAtMs,
    changedAtMs: purchasedAtMs + Math.floor(random.next() * changedWithinMs),
  };
}

function lineRow(
  id: number,
  head: OrderHead,
  itemIndex: number,
  isFirstLine: boolean,
  { catalogue, random }: TransactionsOptions,
): Cell[] {
  const unitCents = (catalogue[itemIndex] as Product).priceCents;
  const quantity = random.chance(0.8) ? 1 : random.integer(2, 4);
  const discountCents = Math.round((unitCents * quantity * head.discountPercent) / 100);
  const goodsCents = unitCents * quantity - discountCents;
  const taxCents = Math.round((goodsCents * TAX_PERCENT) / 100);
  // A parcel is paid once; its cost stands on the first line so that the lines sum to the order.
  const shippingCents = isFirstLine ? head.shippingCents : 0;
  const isRefunded = head.status === 'refunded';
  const refundedCents = isRefunded ? goodsCents + taxCents + shippingCents : 0;
  const changedAt = new Date(head.changedAtMs).toISOString();
  return [
    id,
    head.orderNumber,
    head.userId,
    itemIndex + 1,
    quantity,
    formatCents(unitCents),
    formatCents(discountCents),
    formatCents(taxCents),
    formatCents(shippingCents),
    'USD',
    head.status,
    formatCents(refundedCents),
    isRefunded ? changedAt : undefined,
    new Date(head.purchasedAtMs).toISOString(),
    changedAt,
  ];
}
