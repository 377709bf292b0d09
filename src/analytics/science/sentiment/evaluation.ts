/** The face of the evaluation; what scores texts is loaded when it is asked for. */
import type { Evaluation, RatedText } from './evaluate.js';

export type { Evaluation, RatedText } from './evaluate.js';

/** How well the scorer agrees with people who rated the same texts. */
export async function evaluateSentiment(rated: readonly RatedText[]): Promise<Evaluation> {
  const { evaluateScorer } = await import('./evaluate.js');
  return evaluateScorer(rated);
}
