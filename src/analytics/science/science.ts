/** Runs the computations of this folder: many rows in a worker thread, a handful at once. */
import type { WorkerPool } from '../../platform/workers/worker-pool.js';
import { COMPUTATIONS, type Row } from './index.js';
import type { Task } from './worker.js';

/** Texts may be long, and what tells languages apart is large. */
const HEAVY: ReadonlySet<string> = new Set(['science/score-feedback']);

/** So few rows are mapped sooner than a thread takes them. */
const HANDFUL = 100;

/** Threads run what was built, also where this file is run from its source. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/src/analytics/science/worker.js' : 'worker.js',
  import.meta.url,
);

export class Science {
  constructor(private readonly workers: WorkerPool) {}

  async map(computation: string, rows: readonly Row[]): Promise<Row[]> {
    const isLight = rows.length <= HANDFUL && !HEAVY.has(computation);
    if (rows.length === 0 || isLight) return COMPUTATIONS[computation]!(rows);
    return this.workers.run<Row[]>(WORKER, { computation, rows } satisfies Task);
  }
}
