/** The functions that a model's `compute` may name: pure, from selected rows to the model's. */
import { resolveAliases, type AliasCall } from './resolve-aliases.js';

export type Row = Record<string, unknown>;
export type Compute = (rows: readonly Row[]) => Row[];

const compute = <Input>(work: (rows: readonly Input[]) => object[]): Compute =>
  work as unknown as Compute;

export const COMPUTATIONS: Readonly<Record<string, Compute>> = {
  'science/resolve-aliases': compute<AliasCall>(resolveAliases),
};
