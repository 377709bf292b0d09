/**
 * What customers spend on a purchase: the Gamma-Gamma model of Fader & Hardie, 'The Gamma-Gamma
 * Model of Monetary Value' (2013), brucehardie.com/notes/025. Spend is Gamma(p, ν), and ν is
 * Gamma(q, γ) over customers; γ is called v here, as software does. Pure; equations by their number
 * in the note.
 */
import { minimise } from './minimise.js';
import { digamma, logGamma } from './special-functions.js';

export interface GammaGammaParameters {
  p: number;
  q: number;
  v: number;
}

export interface Spender {
  /** Purchases whose mean is known. */
  purchases: number;
  /** Their mean. */
  meanSpend: number;
}

export interface GammaGammaFit extends GammaGammaParameters {
  logLikelihood: number;
  hasConverged: boolean;
}

/** Beyond these a parameter runs off to nothing or without end: the data do not hold it. */
const MAX_LOG_PARAMETER = 12;

/** The parameters under which the means are likeliest; all of them are above zero. */
export function fitGammaGamma(spenders: readonly Spender[]): GammaGammaFit {
  const total = spenders.length;
  const mean = spenders.reduce((sum, { meanSpend }) => sum + meanSpend, 0) / total;
  // In units of the mean, so that the start suits yen as well as dinars.
  const scaled = spenders.map(({ purchases, meanSpend }) => ({
    purchases,
    meanSpend: meanSpend / mean,
  }));
  const evaluate = (point: number[]) => {
    const [p, q, v] = point.map(Math.exp) as [number, number, number];
    const { value, gradient } = logLikelihood({ p, q, v }, scaled);
    const slopes = [gradient.p * p, gradient.q * q, gradient.v * v];
    return { value: -value / total, gradient: slopes.map((slope) => -slope / total) };
  };
  const start = [Math.log(2), Math.log(3), 0];
  const { point, value, hasConverged } = minimise(evaluate, start, MAX_LOG_PARAMETER);
  const [p, q, v] = point.map(Math.exp) as [number, number, number];
  // The density of a mean in other units is divided by the unit.
  const logOfAll = -value * total - total * Math.log(mean);
  const fit = { p, q, v: v * mean, logLikelihood: logOfAll };
  // Without q > 1 the mean over customers does not exist.
  return { ...fit, hasConverged: hasConverged && q > 1 };
}

/** The logarithm of (1a) over all customers, and its gradient. */
function logLikelihood({ p, q, v }: GammaGammaParameters, spenders: readonly Spender[]) {
  const byPurchases = new Map<number, ReturnType<typeof ofPurchases>>();
  const logV = Math.log(v);
  const [logGammaQ, digammaQ] = [logGamma(q), digamma(q)];
  let value = 0;
  const gradient = { p: 0, q: 0, v: 0 };
  for (const { purchases: x, meanSpend } of spenders) {
    let known = byPurchases.get(x);
    if (!known) byPurchases.set(x, (known = ofPurchases(p, q, x)));
    const logSpend = Math.log(meanSpend);
    const logSum = Math.log(v + x * meanSpend);
    value +=
      known.logGammas -
      logGammaQ +
      q * logV +
      (p * x - 1) * logSpend +
      p * x * Math.log(x) -
      (p * x + q) * logSum;
    gradient.p += x * (known.ofSum - known.ofPart + logSpend + Math.log(x) - logSum);
    gradient.q += known.ofSum - digammaQ + logV - logSum;
    gradient.v += q / v - (p * x + q) / (v + x * meanSpend);
  }
  return { value, gradient };
}

const ofPurchases = (p: number, q: number, x: number) => ({
  logGammas: logGamma(p * x + q) - logGamma(p * x),
  ofSum: digamma(p * x + q),
  ofPart: digamma(p * x),
});

/** (5): a customer's mean spend to expect, between what he spent so far and what all spend. */
export function expectedSpend(
  { p, q, v }: GammaGammaParameters,
  { purchases, meanSpend }: Spender,
): number {
  return (p * (v + purchases * meanSpend)) / (p * purchases + q - 1);
}
