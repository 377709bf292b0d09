/** How well scores agree with people: Pearson's r over texts that people have rated. Pure. */
import { scoreText } from './score-text.js';

export interface RatedText {
  rating: number;
  text: string;
}

export interface Evaluation {
  n: number;
  /** −1 to 1; null where it is undefined: fewer than two texts, or all rated or scored alike. */
  pearson_r: number | null;
  scorer: string;
}

/** The texts are taken as English, in which the scorer is at home. */
export function evaluateScorer(rated: readonly RatedText[]): Evaluation {
  const scores = rated.map(({ text }) => scoreText(text, { language: 'en' }));
  const compounds = scores.map(({ compound }) => compound ?? 0);
  return {
    n: rated.length,
    pearson_r: pearson(
      compounds,
      rated.map(({ rating }) => rating),
    ),
    scorer: scores.find(({ scorer }) => scorer !== '')?.scorer ?? '',
  };
}

/** The product-moment correlation: covariance / product of the standard deviations. */
export function pearson(a: readonly number[], b: readonly number[]): number | null {
  const n = a.length;
  if (n < 2) return null;
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (let index = 0; index < n; index += 1) {
    const [deltaA, deltaB] = [a[index]! - meanA, b[index]! - meanB];
    covariance += deltaA * deltaB;
    varianceA += deltaA ** 2;
    varianceB += deltaB ** 2;
  }
  if (varianceA === 0 || varianceB === 0) return null;
  return covariance / Math.sqrt(varianceA * varianceB);
}
