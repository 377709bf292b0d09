/** The functions that a model's `compute` may name: pure, from selected rows to the model's. */
import { fitClv, type ClvFitInput } from './clv/clv-fit.js';
import { scoreClv, type ClvScoreInput } from './clv/clv-score.js';
import { resolveAliases, type AliasCall } from './resolve-aliases.js';

export type Row = Record<string, unknown>;
export type Compute = (rows: readonly Row[]) => Row[] | Promise<Row[]>;

const compute = <Input>(work: (rows: readonly Input[]) => object[]): Compute =>
  work as unknown as Compute;

export const COMPUTATIONS: Readonly<Record<string, Compute>> = {
  'science/clv-fit': compute<ClvFitInput>(fitClv),
  'science/clv-score': compute<ClvScoreInput>(scoreClv),
  'science/resolve-aliases': compute<AliasCall>(resolveAliases),
  // The statistics of languages take 80 MB: loaded where, and when, texts are scored.
  'science/score-feedback': async (rows) => {
    const { scoreFeedback } = await import('./sentiment/score-feedback.js');
    return compute(scoreFeedback)(rows);
  },
};
