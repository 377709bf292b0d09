/**
 * Customer lifetime value: the purchases to expect of a customer in each of the next twelve months,
 * times what he is expected to spend on one, discounted by 1 % a month. Pure. Source: Fader, Hardie &
 * Lee, 'RFM and CLV', Journal of Marketing Research 42 (2005), 415–430.
 */
import { purchaseForecaster, type BgNbdParameters, type History } from './bg-nbd.js';
import { expectedSpend, type GammaGammaParameters, type Spender } from './gamma-gamma.js';

/** Models count in weeks; tables in days. */
export const DAYS_PER_WEEK = 7;
const WEEKS_PER_MONTH = 365.25 / 12 / DAYS_PER_WEEK;
const MONTHS = 12;
const MONTHLY_DISCOUNT = 0.01;

export interface LifetimeValue {
  /** Purchases to expect in the twelve months. */
  expectedOrders: number;
  /** Of one of them. */
  expectedOrderValue: number;
  /** Of all of them, each discounted as at the end of its month. */
  value: number;
}

/** Values customers of one shop and currency; times in weeks. */
export function lifetimeValuer(purchases: BgNbdParameters, spend: GammaGammaParameters) {
  const ends = Array.from({ length: MONTHS }, (_, month) => (month + 1) * WEEKS_PER_MONTH);
  const forecast = purchaseForecaster(purchases, ends);
  return (history: History, spender: Spender): LifetimeValue => {
    const byMonth = forecast(history);
    const expectedOrderValue = expectedSpend(spend, spender);
    const discounted = byMonth.reduce((sum, orders, month) => {
      const inMonth = orders - (byMonth[month - 1] ?? 0);
      return sum + inMonth / (1 + MONTHLY_DISCOUNT) ** (month + 1);
    }, 0);
    return {
      expectedOrders: byMonth.at(-1)!,
      expectedOrderValue,
      value: discounted * expectedOrderValue,
    };
  };
}
