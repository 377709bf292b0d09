/** What a worker thread runs: one of the computations, by its name. */
import { COMPUTATIONS, type Row } from './index.js';

export interface Task {
  computation: string;
  rows: readonly Row[];
}

export default function run({ computation, rows }: Task): Row[] | Promise<Row[]> {
  return COMPUTATIONS[computation]!(rows);
}
