/**
 * What gold.customer_clv computes: of each customer the probability of being alive, the orders to
 * expect and the lifetime value, by the parameters that its row carries. Pure.
 */
import { probabilityAlive } from './bg-nbd.js';
import { DAYS_PER_WEEK, lifetimeValuer } from './lifetime-value.js';
import type { ClvStatus } from './clv-fit.js';

/** A customer in one currency, with the fit of that currency. */
export interface ClvScoreInput {
  as_of: string;
  customer_id: string;
  currency: string;
  frequency: string | number;
  recency_days: string | number;
  age_days: string | number;
  mean_spend: number;
  status: ClvStatus;
  r: number | null;
  alpha: number | null;
  a: number | null;
  b: number | null;
  p: number | null;
  q: number | null;
  v: number | null;
}

export interface ClvScoreRow {
  as_of: string;
  customer_id: string;
  currency: string;
  status: ClvStatus;
  p_alive: number | null;
  expected_orders: number | null;
  /** Amounts as decimal texts. */
  expected_order_value: string | null;
  clv: string | null;
}

const MONEY_DIGITS = 6;

export function scoreClv(rows: readonly ClvScoreInput[]): ClvScoreRow[] {
  const valuers = new Map<string, ReturnType<typeof valuerOf>>();
  return rows.map((row) => {
    let value = valuers.get(row.currency);
    if (value === undefined) valuers.set(row.currency, (value = valuerOf(row)));
    const { as_of, customer_id, currency, status } = row;
    const score = value(row);
    // Parameters at the edge of what a fit allows can be beyond what can be reckoned.
    return score
      ? { as_of, customer_id, currency, status, ...score }
      : { as_of, customer_id, currency, status: 'not_converged', ...NO_SCORE };
  });
}

type Score = Omit<ClvScoreRow, 'as_of' | 'customer_id' | 'currency' | 'status'>;

const NO_SCORE: Score = {
  ...{ p_alive: null, expected_orders: null, expected_order_value: null, clv: null },
};

/** Scores by the parameters of one currency; nothing where there are none, null if beyond reckoning. */
function valuerOf({
  status,
  r,
  alpha,
  a,
  b,
  p,
  q,
  v,
}: ClvScoreInput): (row: ClvScoreInput) => Score | null {
  if (status !== 'fitted') return () => NO_SCORE;
  const purchases = { r: r!, alpha: alpha!, a: a!, b: b! };
  const valueOf = lifetimeValuer(purchases, { p: p!, q: q!, v: v! });
  return (row) => {
    const frequency = Number(row.frequency);
    const history = {
      frequency,
      recency: Number(row.recency_days) / DAYS_PER_WEEK,
      age: Number(row.age_days) / DAYS_PER_WEEK,
    };
    // A discount beyond the order's own amount is no earning of the shop's.
    const spender = { purchases: frequency, meanSpend: Math.max(0, Number(row.mean_spend)) };
    const { expectedOrders, expectedOrderValue, value } = valueOf(history, spender);
    const alive = probabilityAlive(purchases, history);
    if (![alive ?? 0, expectedOrders, expectedOrderValue, value].every(Number.isFinite))
      return null;
    return {
      p_alive: alive,
      expected_orders: expectedOrders,
      expected_order_value: expectedOrderValue.toFixed(MONEY_DIGITS),
      clv: value.toFixed(MONEY_DIGITS),
    };
  };
}
