/**
 * A few threads for work that burns CPU in TypeScript, so that it never holds up the thread that
 * acknowledges events. They start when they are needed and end when they are not.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';

const IDLE_MS = 30_000;
/** Work that waits; what comes beyond is refused, so that the queue is bounded. */
const MAX_QUEUE = 1_000;

export class WorkerPool {
  private pool: Piscina | null = null;

  /** Runs the default export of the module `file` in a thread; both ends of it are copied. */
  async run<Result>(file: URL, task: unknown): Promise<Result> {
    this.pool ??= new Piscina({
      minThreads: 0,
      maxThreads: Math.max(1, Math.min(4, availableParallelism())),
      idleTimeout: IDLE_MS,
      maxQueue: MAX_QUEUE,
    });
    return this.pool.run(task, { filename: file.href }) as Promise<Result>;
  }

  async close(): Promise<void> {
    const pool = this.pool;
    this.pool = null;
    await pool?.destroy();
  }
}
