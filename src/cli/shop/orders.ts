/**
 * The money of an order in integer cents: pricing, refunds and cancellations, and how they look in
 * events. Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import { productProperties, type Product } from './catalogue.js';
import type { Person } from './people.js';
import type { Country } from './places-and-names.js';
import type { Random } from './prng.js';

/** So many units of one product. */
export interface OrderLine {
  product: Product;
  quantity: number;
}

/**
 * What an order costs: subtotal = gross − discount, total = subtotal + tax + shipping. The event's
 * `revenue` is the subtotal, as Segment defines it.
 */
export interface Amounts {
  grossCents: number;
  discountCents: number;
  subtotalCents: number;
  taxCents: number;
  shippingCents: number;
  totalCents: number;
  coupon?: string;
}

/** An order that the shop has accepted. */
export interface Order {
  orderId: string;
  lines: readonly OrderLine[];
  amounts: Amounts;
  placedAtMs: number;
  anonymousId: string;
  /** As the browser sent it this time: an e-mail for an id may come in mixed case. */
  userId?: string;
  /** Who ordered; undefined for a guest. */
  customer?: Person;
  country: Country;
}

/** A refund: its event properties, and the goods part of the money (without tax and shipping). */
export interface Refund {
  properties: JsonObject;
  goodsCents: number;
  /** The units that came back, at list price; undefined when the whole order was refunded. */
  returned?: readonly OrderLine[];
}

const TAX_PERCENT: Record<Country, number> = {
  US: 7,
  GB: 20,
  CA: 13,
  DE: 19,
  FR: 20,
  AU: 10,
  NL: 21,
};
const COUPON_PERCENT: Record<string, number> = { WELCOME10: 10, LETTER5: 5, SALE20: 20 };
const COUPON_SHARE = 0.16;
const SALE_COUPON_SHARE = 0.65;
const FREE_SHIPPING_FROM_CENTS = 9_000;

/** A coupon that the buyer uses, if any. */
export function chooseCoupon(random: Random, isSale: boolean): string | undefined {
  if (isSale && random.chance(SALE_COUPON_SHARE)) return 'SALE20';
  return random.chance(COUPON_SHARE) ? random.pick(['WELCOME10', 'LETTER5']) : undefined;
}

/** Prices lines; each part is rounded to a cent once, so that the identities hold exactly. */
export function priceOrder(
  lines: readonly OrderLine[],
  country: Country,
  coupon?: string,
): Amounts {
  const grossCents = goodsCents(lines);
  const discountCents = Math.round(
    (grossCents * (coupon ? (COUPON_PERCENT[coupon] ?? 0) : 0)) / 100,
  );
  const subtotalCents = grossCents - discountCents;
  const taxCents = Math.round((subtotalCents * TAX_PERCENT[country]) / 100);
  const standardCents = country === 'US' ? 595 : 1_290;
  const shippingCents = subtotalCents >= FREE_SHIPPING_FROM_CENTS ? 0 : standardCents;
  const totalCents = subtotalCents + taxCents + shippingCents;
  return { grossCents, discountCents, subtotalCents, taxCents, shippingCents, totalCents, coupon };
}

/** Σ price × quantity. */
export function goodsCents(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { product, quantity }) => sum + product.priceCents * quantity, 0);
}

/** Lines as the `products` of an event. */
export function lineProperties(lines: readonly OrderLine[]): JsonObject[] {
  return lines.map(({ product, quantity }, index) =>
    productProperties(product, { quantity, position: index + 1 }),
  );
}

/** The amounts and lines that Order Completed, Order Cancelled and Checkout Started share. */
export function orderProperties(lines: readonly OrderLine[], amounts: Amounts): JsonObject {
  return {
    currency: 'USD',
    subtotal: amounts.subtotalCents / 100,
    revenue: amounts.subtotalCents / 100,
    discount: amounts.discountCents / 100,
    tax: amounts.taxCents / 100,
    shipping: amounts.shippingCents / 100,
    total: amounts.totalCents / 100,
    ...(amounts.coupon ? { coupon: amounts.coupon } : {}),
    products: lineProperties(lines),
  };
}

/** Refunds an order once: half of the time wholly, else some of its units where there are several. */
export function refundOrder(order: Order, random: Random): Refund {
  const common = { order_id: order.orderId, refund_id: `REF-${order.orderId}-1`, currency: 'USD' };
  const { subtotalCents, taxCents, shippingCents, totalCents } = order.amounts;
  const returned = random.chance(0.5) ? [] : someUnits(order.lines, random);
  const returnedCents = goodsCents(returned);
  // A discounted order may be worth less than the list price of what comes back.
  if (returned.length > 0 && returnedCents <= subtotalCents) {
    const properties = { ...common, total: returnedCents / 100, tax: 0, shipping: 0 };
    return {
      properties: { ...properties, products: lineProperties(returned) },
      goodsCents: returnedCents,
      returned,
    };
  }
  const total = totalCents / 100;
  return {
    properties: { ...common, total, tax: taxCents / 100, shipping: shippingCents / 100 },
    goodsCents: subtotalCents,
  };
}

/** A proper part of the lines, or nothing when the order is a single unit. */
function someUnits(lines: readonly OrderLine[], random: Random): OrderLine[] {
  const [first] = lines;
  if (!first) return [];
  if (lines.length > 1) return lines.slice(random.integer(1, lines.length - 1));
  return first.quantity > 1 ? [{ product: first.product, quantity: 1 }] : [];
}
