/** Runs the computations of this folder: many rows in a worker thread, a handful at once. */
import type { WorkerPool } from '../../platform/workers/worker-pool.js';
import { COMPUTATIONS, type Row } from './index.js';
import type { Task } from './worker.js';

/** So few rows are mapped sooner than a thread takes them. */
const HANDFUL = 100;

/** Threads run what was built, also where this file is run from its source. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/src/analytics/science/worker.js' : 'worker.js',
  import.meta.url,
);

export class Science {
  constructor(private readonly workers: WorkerPool) {}

  /** `isHeavy` sends few rows to a thread too, such as long texts. */
  async map(computation: string, rows: readonly Row[], isHeavy = false): Promise<Row[]> {
    if (rows.length <= HANDFUL && !isHeavy) return COMPUTATIONS[computation]!(rows);
    return this.workers.run<Row[]>(WORKER, { computation, rows } satisfies Task);
  }
}
