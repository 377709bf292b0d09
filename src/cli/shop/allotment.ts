/**
 * Allots the discount, tax and shipping of an order to its lines in integer cents, to the cent.
 * Imported only inside `cli/shop`.
 */
import type { Amounts, OrderLine } from './orders.js';

/** One line's part of the order's amounts. Σ over the lines is the order's amount, exactly. */
export interface LineAmounts {
  grossCents: number;
  discountCents: number;
  taxCents: number;
  shippingCents: number;
  /** gross − discount + tax + shipping */
  totalCents: number;
}

/** The amounts of each line, in the order of the lines. */
export function allotToLines(lines: readonly OrderLine[], amounts: Amounts): LineAmounts[] {
  const gross = lines.map(({ product, quantity }) => product.priceCents * quantity);
  const discounts = allotCents(amounts.discountCents, gross);
  const taxes = allotCents(
    amounts.taxCents,
    gross.map((grossCents, index) => grossCents - discounts[index]!),
  );
  return gross.map((grossCents, index) => {
    const discountCents = discounts[index]!;
    const taxCents = taxes[index]!;
    // A parcel is paid once, so its cost stands on the first line whole.
    const shippingCents = index === 0 ? amounts.shippingCents : 0;
    const totalCents = grossCents - discountCents + taxCents + shippingCents;
    return { grossCents, discountCents, taxCents, shippingCents, totalCents };
  });
}

/**
 * Splits whole cents in proportion to whole weights by the method of the largest remainder
 * (Hamilton); of equal remainders the earlier is served first. With no weight at all, everything
 * goes to the first.
 */
export function allotCents(cents: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum === 0) return weights.map((_, index) => (index === 0 ? cents : 0));
  const shares = weights.map((weight) => Math.floor((cents * weight) / sum));
  const left = cents - shares.reduce((all, share) => all + share, 0);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (cents * weight) % sum }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  for (const { index } of byRemainder.slice(0, left)) shares[index]! += 1;
  return shares;
}
