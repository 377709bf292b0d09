/**
 * Adds up what the simulated shop sold, in integer cents, independently of any event.
 * Imported only inside `cli/shop`.
 */
import type { Order } from './orders.js';

/**
 * What a correct warehouse must report for a simulation; money as decimal strings in US dollars.
 * Orders, units, gross sales, discounts, tax and shipping count every placed order, cancelled and
 * refunded ones included and nothing taken back. `refunds` is the goods part of all refunds plus
 * gross − discounts of cancelled orders. Net sales = gross − discounts − refunds.
 */
export interface ExpectedSales {
  orders: number;
  units: number;
  grossSales: string;
  discounts: string;
  refunds: string;
  netSales: string;
  tax: string;
  shipping: string;
  cancelledOrders: number;
  events: number;
}

/** The running totals of a simulation. */
export class Ledger {
  events = 0;
  private orders = 0;
  private units = 0;
  private cancelledOrders = 0;
  private grossCents = 0;
  private discountCents = 0;
  private refundCents = 0;
  private taxCents = 0;
  private shippingCents = 0;

  place({ lines, amounts }: Order): void {
    this.orders += 1;
    this.units += lines.reduce((sum, line) => sum + line.quantity, 0);
    this.grossCents += amounts.grossCents;
    this.discountCents += amounts.discountCents;
    this.taxCents += amounts.taxCents;
    this.shippingCents += amounts.shippingCents;
  }

  refund(goodsCents: number): void {
    this.refundCents += goodsCents;
  }

  cancel({ amounts }: Order): void {
    this.cancelledOrders += 1;
    this.refundCents += amounts.grossCents - amounts.discountCents;
  }

  /** The totals so far. */
  expected(): ExpectedSales {
    return {
      orders: this.orders,
      units: this.units,
      grossSales: formatCents(this.grossCents),
      discounts: formatCents(this.discountCents),
      refunds: formatCents(this.refundCents),
      netSales: formatCents(this.grossCents - this.discountCents - this.refundCents),
      tax: formatCents(this.taxCents),
      shipping: formatCents(this.shippingCents),
      cancelledOrders: this.cancelledOrders,
      events: this.events,
    };
  }
}

/** Integer cents as a decimal string with two digits: 1234 becomes `12.34`, -5 becomes `-0.05`. */
export function formatCents(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
