/**
 * How often customers buy and whether they still do: the BG/NBD model of Fader, Hardie & Lee,
 * '"Counting Your Customers" the Easy Way', Marketing Science 24 (2005), 275–284. Purchases are
 * Poisson at a rate that is Gamma(r, α) over customers; after each, a customer leaves for good with
 * a probability that is Beta(a, b) over them. Pure; equations by their number in the paper.
 */
import { minimise } from './minimise.js';
import { hypergeometric } from './special-functions.js';

export interface BgNbdParameters {
  r: number;
  alpha: number;
  a: number;
  b: number;
}

/** What is known of a customer; times in one unit, such as weeks. */
export interface History {
  /** Purchases after the first (x). */
  frequency: number;
  /** From the first purchase to the last (t_x). */
  recency: number;
  /** From the first purchase to the end of the observation (T). */
  age: number;
}

export interface Customers extends History {
  /** How many customers have this history. */
  customers: number;
}

export interface BgNbdFit extends BgNbdParameters {
  logLikelihood: number;
  hasConverged: boolean;
}

/** Beyond these a parameter runs off to nothing or without end: the data do not hold it. */
const MAX_LOG_PARAMETER = 12;

/** The parameters under which the histories are likeliest. */
export function fitBgNbd(groups: readonly Customers[]): BgNbdFit {
  const total = groups.reduce((sum, { customers }) => sum + customers, 0);
  const meanAge = groups.reduce((sum, { age, customers }) => sum + age * customers, 0) / total;
  const maxFrequency = groups.reduce((max, { frequency }) => Math.max(max, frequency), 0);
  const evaluate = (point: number[]) => {
    const [r, alpha, a, b] = point.map(Math.exp) as [number, number, number, number];
    const { value, gradient } = logLikelihood({ r, alpha, a, b }, groups, maxFrequency);
    const slopes = [gradient.r * r, gradient.alpha * alpha, gradient.a * a, gradient.b * b];
    return { value: -value / total, gradient: slopes.map((slope) => -slope / total) };
  };
  const start = [0, Math.log(meanAge), 0, 0];
  const { point, value, hasConverged } = minimise(evaluate, start, MAX_LOG_PARAMETER);
  const [r, alpha, a, b] = point.map(Math.exp) as [number, number, number, number];
  return { r, alpha, a, b, logLikelihood: -value * total, hasConverged };
}

/**
 * The logarithm of (6) over all customers, and its gradient. Ratios of gamma functions at whole
 * distances are products, so that their logarithms and slopes are sums, made once for all.
 */
function logLikelihood(
  { r, alpha, a, b }: BgNbdParameters,
  groups: readonly Customers[],
  maxFrequency: number,
) {
  const ofR = rising(r, maxFrequency);
  const ofB = rising(b, maxFrequency);
  const ofAB = rising(a + b, maxFrequency);
  const [logAlpha, logA] = [Math.log(alpha), Math.log(a)];
  let value = 0;
  const gradient = { r: 0, alpha: 0, a: 0, b: 0 };
  for (const { frequency: x, recency, age, customers } of groups) {
    const logAlive = -(r + x) * Math.log(alpha + age);
    const logGone =
      x === 0 ? -Infinity : logA - Math.log(b + x - 1) - (r + x) * Math.log(alpha + recency);
    const higher = Math.max(logAlive, logGone);
    const sum = Math.exp(logAlive - higher) + Math.exp(logGone - higher);
    const alive = Math.exp(logAlive - higher) / sum;
    const gone = 1 - alive;
    value +=
      customers *
      (ofR.log[x]! + r * logAlpha + ofB.log[x]! - ofAB.log[x]! + higher + Math.log(sum));
    const logTimes = alive * Math.log(alpha + age) + gone * Math.log(alpha + recency);
    gradient.r += customers * (ofR.slope[x]! + logAlpha - logTimes);
    gradient.alpha +=
      customers * (r / alpha - (r + x) * (alive / (alpha + age) + gone / (alpha + recency)));
    gradient.a += customers * (gone / a - ofAB.slope[x]!);
    gradient.b += customers * (ofB.slope[x]! - ofAB.slope[x]! - (x === 0 ? 0 : gone / (b + x - 1)));
  }
  return { value, gradient };
}

/** ln Γ(z + x) − ln Γ(z) and its slope by z, for x from 0 on. */
function rising(z: number, max: number) {
  const log = new Float64Array(max + 1);
  const slope = new Float64Array(max + 1);
  for (let x = 0; x < max; x += 1) {
    log[x + 1] = log[x]! + Math.log(z + x);
    slope[x + 1] = slope[x]! + 1 / (z + x);
  }
  return { log, slope };
}

/** The weight of 'gone' against 'alive' behind (10): 0 without a repeat purchase. */
function oddsGone({ r, alpha, a, b }: BgNbdParameters, { frequency: x, recency, age }: History) {
  if (x === 0) return 0;
  const logRatio = (r + x) * (Math.log(alpha + age) - Math.log(alpha + recency));
  return (a / (b + x - 1)) * Math.exp(logRatio);
}

/**
 * The probability that a customer has not left. Null without a repeat purchase: the model, in which
 * customers leave after repeat purchases only, would say 1 of everybody.
 */
export function probabilityAlive(parameters: BgNbdParameters, history: History): number | null {
  return history.frequency === 0 ? null : 1 / (1 + oddsGone(parameters, history));
}

/**
 * (10): the purchases to expect of a customer in the time `ahead`. The hypergeometric function is
 * taken by Euler's transformation (Abramowitz & Stegun 15.3.3), whose terms do not grow with x.
 */
export function expectedPurchases(
  parameters: BgNbdParameters,
  history: History,
  ahead: number,
): number {
  return purchasesIfAlive(parameters, history, ahead) / (1 + oddsGone(parameters, history));
}

/** What (10) is but for whether the customer is alive: it depends on frequency and age alone. */
function purchasesIfAlive(
  { r, alpha, a: exactA, b }: BgNbdParameters,
  { frequency: x, age }: Pick<History, 'frequency' | 'age'>,
  ahead: number,
): number {
  // (10) has a limit at a = 1, where both halves of its fraction vanish.
  const a = Math.abs(exactA - 1) < 1e-6 ? 1 + 1e-6 : exactA;
  const c = a + b + x - 1;
  const z = ahead / (alpha + age + ahead);
  const whole = (1 - z) ** (a - 1) * hypergeometric(c - r - x, a - 1, c, z);
  return (c / (a - 1)) * (1 - whole);
}

/** {@link expectedPurchases} for many customers at several times: what they share is made once. */
export function purchaseForecaster(parameters: BgNbdParameters, times: readonly number[]) {
  const known = new Map<string, number[]>();
  return (history: History): number[] => {
    const key = `${history.frequency}/${history.age}`;
    let ifAlive = known.get(key);
    if (!ifAlive) {
      ifAlive = times.map((ahead) => purchasesIfAlive(parameters, history, ahead));
      known.set(key, ifAlive);
    }
    const share = 1 / (1 + oddsGone(parameters, history));
    return ifAlive.map((purchases) => purchases * share);
  };
}
