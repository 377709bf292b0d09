/**
 * What gold.clv_fits computes: of each currency the parameters of both models, how likely they make
 * what was seen, and how well a fit on the first part foretold the held-out rest. Pure.
 */
import { fitBgNbd, purchaseForecaster, type BgNbdFit, type Customers } from './bg-nbd.js';
import { fitGammaGamma, type GammaGammaFit, type Spender } from './gamma-gamma.js';
import { DAYS_PER_WEEK } from './lifetime-value.js';

/** Seven parameters of fewer repeat customers than this are noise; no number is served then. */
export const MIN_REPEAT_CUSTOMERS = 50;

/** Customers alike, a spender, or a fit that stands: what the model's SQL selects. */
export interface ClvFitInput {
  part: 'purchases' | 'calibration' | 'spend' | 'standing';
  as_of: string;
  currency: string;
  frequency: string | number;
  recency_days: string | number;
  age_days: string | number;
  held_out_days: string | number;
  held_out_orders: string | number;
  customers: string | number;
  mean_spend: number;
  /** A fit of an earlier day as JSON, or empty. */
  standing: string;
}

export type ClvStatus = 'fitted' | 'too_few_repeat_customers' | 'not_converged';

type Nullable<T> = { [Name in keyof T]: T[Name] | null };

export interface ClvFitRow extends Nullable<{
  r: number;
  alpha: number;
  a: number;
  b: number;
  log_likelihood: number;
  p: number;
  q: number;
  v: number;
  spend_log_likelihood: number;
  held_out_days: number;
  calibration_customers: number;
  predicted_orders: number;
  actual_orders: number;
  mean_absolute_error: number;
}> {
  as_of: string;
  currency: string;
  status: ClvStatus;
  customers: number;
  repeat_customers: number;
}

const NO_FIT = {
  ...{ r: null, alpha: null, a: null, b: null, log_likelihood: null },
  ...{ p: null, q: null, v: null, spend_log_likelihood: null },
};
const NO_CALIBRATION = {
  ...{ held_out_days: null, calibration_customers: null, predicted_orders: null },
  ...{ actual_orders: null, mean_absolute_error: null },
};

/** The fits of earlier days as they are, and a new one of each currency. */
export function fitClv(rows: readonly ClvFitInput[]): ClvFitRow[] {
  const standing = rows
    .filter(({ part }) => part === 'standing')
    .map((row) => JSON.parse(row.standing) as ClvFitRow);
  const byCurrency = new Map<string, ClvFitInput[]>();
  for (const row of rows) {
    if (row.part === 'standing') continue;
    const found = byCurrency.get(row.currency);
    if (found) found.push(row);
    else byCurrency.set(row.currency, [row]);
  }
  const fresh = [...byCurrency].map(([currency, own]) => fitCurrency(currency, own));
  return [...standing, ...fresh];
}

function fitCurrency(currency: string, rows: readonly ClvFitInput[]): ClvFitRow {
  const of = (part: ClvFitInput['part']) => rows.filter((row) => row.part === part);
  const groups = of('purchases').map(toCustomers);
  const customers = count(groups);
  const repeating = count(groups.filter(({ frequency }) => frequency > 0));
  const facts = { as_of: rows[0]!.as_of, currency, customers, repeat_customers: repeating };
  const unfitted = { ...facts, ...NO_FIT, ...NO_CALIBRATION };
  if (repeating < MIN_REPEAT_CUSTOMERS) return { ...unfitted, status: 'too_few_repeat_customers' };
  const spenders = of('spend').map(toSpender);
  const purchases = fitBgNbd(groups);
  const spend = spenders.length < MIN_REPEAT_CUSTOMERS ? null : fitGammaGamma(spenders);
  if (!purchases.hasConverged || !spend?.hasConverged) {
    return { ...unfitted, status: 'not_converged' };
  }
  const calibration = calibrate(of('calibration'));
  return { ...facts, ...parametersOf(purchases, spend), ...calibration, status: 'fitted' };
}

/** A fit on what was seen before the held-out days, against what they brought. */
function calibrate(rows: readonly ClvFitInput[]) {
  const groups = rows.map(toCustomers);
  const repeating = count(groups.filter(({ frequency }) => frequency > 0));
  if (repeating < MIN_REPEAT_CUSTOMERS) return NO_CALIBRATION;
  const fit = fitBgNbd(groups);
  if (!fit.hasConverged) return NO_CALIBRATION;
  const days = Number(rows[0]!.held_out_days);
  const forecast = purchaseForecaster(fit, [days / DAYS_PER_WEEK]);
  let [predicted, actual, error] = [0, 0, 0];
  groups.forEach((group, index) => {
    const each = forecast(group)[0]!;
    const came = Number(rows[index]!.held_out_orders);
    predicted += group.customers * each;
    actual += group.customers * came;
    error += group.customers * Math.abs(each - came);
  });
  if (!Number.isFinite(predicted)) return NO_CALIBRATION;
  const customers = count(groups);
  return {
    held_out_days: days,
    calibration_customers: customers,
    predicted_orders: predicted,
    actual_orders: actual,
    mean_absolute_error: error / customers,
  };
}

const toCustomers = (row: ClvFitInput): Customers => ({
  frequency: Number(row.frequency),
  recency: Number(row.recency_days) / DAYS_PER_WEEK,
  age: Number(row.age_days) / DAYS_PER_WEEK,
  customers: Number(row.customers),
});

const toSpender = (row: ClvFitInput): Spender => ({
  purchases: Number(row.frequency),
  meanSpend: Number(row.mean_spend),
});

const count = (groups: readonly Customers[]) =>
  groups.reduce((sum, { customers }) => sum + customers, 0);

const parametersOf = (purchases: BgNbdFit, spend: GammaGammaFit) => ({
  r: purchases.r,
  alpha: purchases.alpha,
  a: purchases.a,
  b: purchases.b,
  log_likelihood: purchases.logLikelihood,
  p: spend.p,
  q: spend.q,
  v: spend.v,
  spend_log_likelihood: spend.logLikelihood,
});
