/**
 * The special functions that the likelihoods of customer lifetime value are made of. Pure; for
 * this folder only. Sources: Abramowitz & Stegun (1964), by equation.
 */

/** From here on four terms of the asymptotic series give all digits of a double. */
const ASYMPTOTIC_FROM = 12;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
const MAX_TERMS = 20_000;
const NEGLIGIBLE = 1e-14;

/** ln Γ(z) for z > 0: the asymptotic series (6.1.41) above a shift by Γ(z + 1) = z Γ(z). */
export function logGamma(z: number): number {
  let factor = 1;
  let shifted = z;
  for (; shifted < ASYMPTOTIC_FROM; shifted += 1) factor *= shifted;
  const square = 1 / (shifted * shifted);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / shifted;
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + series;
  return stirling - Math.log(factor);
}

/** ψ(z) = d ln Γ(z) / dz for z > 0: the asymptotic series (6.3.18) above a shift (6.3.5). */
export function digamma(z: number): number {
  let shift = 0;
  let shifted = z;
  for (; shifted < ASYMPTOTIC_FROM; shifted += 1) shift += 1 / shifted;
  const square = 1 / (shifted * shifted);
  const tail = 1 / 240 - square * (1 / 132);
  const series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * tail)));
  return Math.log(shifted) - 0.5 / shifted - series - shift;
}

/**
 * Gauss' hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1 by its series (15.1.1). Its terms
 * must not grow much: see the transformation that the caller applies (15.3.3).
 */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < MAX_TERMS; n += 1) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) < NEGLIGIBLE * Math.abs(sum)) return sum;
  }
  return Number.NaN;
}
