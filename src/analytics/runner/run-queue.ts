/** Runs wait here, one after another; steps of longer work wait with them, but hold up no tick. */
import { CodedError } from '../../contracts/errors.js';

/** Runs and backfills that may be open at a time. */
const MAX_OPEN = 50;

export class RunQueue {
  isStopping = false;
  private last: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private queuedSteps = 0;
  /** Those of this process that are not over, by which each can be cancelled. */
  private readonly open = new Map<string, AbortController>();

  /** Whether anything waits or goes on, but for steps of longer work. */
  get isBusy(): boolean {
    return this.queued > this.queuedSteps;
  }

  enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.queued += 1;
    const result = this.last.then(work).finally(() => (this.queued -= 1));
    this.last = result.catch(() => undefined);
    return result;
  }

  enqueueStep<T>(work: () => Promise<T>): Promise<T> {
    this.queuedSteps += 1;
    return this.enqueue(work).finally(() => (this.queuedSteps -= 1));
  }

  /** Answers with the signal by which the run is cancelled. Throws if there is no room. */
  admit(id: string): AbortSignal {
    if (this.isStopping) throw new CodedError('shutting_down', '');
    if (this.open.size >= MAX_OPEN) {
      throw new CodedError('busy', `${this.open.size} runs wait already.`);
    }
    return this.signalOf(id);
  }

  /** {@link admit}, of one that was admitted by another process. */
  signalOf(id: string): AbortSignal {
    const controller = this.open.get(id) ?? new AbortController();
    this.open.set(id, controller);
    return controller.signal;
  }

  leave(id: string): void {
    this.open.delete(id);
  }

  has(id: string): boolean {
    return this.open.has(id);
  }

  ids(): string[] {
    return [...this.open.keys()];
  }

  abort(id: string): void {
    this.open.get(id)?.abort();
  }
}
