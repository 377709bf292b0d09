/**
 * Backfills under way: each step waits in the queue by itself, so that ticks come between. One that
 * a service leaves open, the next leader goes on with.
 */
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Project } from '../compiler/model.js';
import { nameOf, planBackfill, runBackfillStep, type BackfillStep } from './backfill.js';
import { LostLeadership } from './leader.js';
import type { PipelineState } from './pipeline-state.js';
import type { PublishLog } from './publish-log.js';
import type { RunContext } from './run-context.js';
import { runTask, type Observers } from './run-models.js';
import type { RunQueue } from './run-queue.js';
import { foldTask, newRun, statusOf, type RunRequest } from './run-record.js';
import { selectModels } from './selection.js';

/** What of the runner a backfill needs. */
export interface BackfillHost {
  project: Project;
  state: PipelineState;
  log: PublishLog;
  queue: RunQueue;
  clock: Clock;
  logger: Logger;
  ensureLeadership: () => Promise<boolean>;
  begin: (run: PipelineRun, signal: AbortSignal) => Promise<RunContext>;
  observersOf: (run: PipelineRun) => Observers;
  /** A step failed, so that a publish may be open. */
  failed: () => void;
  lost: () => Promise<void>;
}

type Asked = Pick<RunRequest, 'target' | 'parameters'>;

export class Backfills {
  constructor(private readonly host: BackfillHost) {}

  /** Records it at once; `finished` answers at its end, or when this service must leave it open. */
  async start(request: RunRequest): Promise<{ id: string; finished: Promise<PipelineRun> }> {
    const { clock, queue, state } = this.host;
    const steps = await this.planOf(request);
    const run = newRun({ ...request, trigger: 'backfill' }, clock.now());
    const done = request.retryOf ? await this.doneBefore(request.retryOf, steps) : 0;
    run.progress = progressOf(steps, done, null);
    const signal = queue.admit(run.id);
    await state.saveRun(run);
    return { id: run.id, finished: this.drive(run, steps, signal) };
  }

  /** Goes on with those that a stopped leader left open. */
  async resume(): Promise<void> {
    const { state, queue, logger } = this.host;
    for (const run of await state.openBackfills()) {
      if (queue.has(run.id)) continue;
      const steps = await this.planOf(run);
      if (run.progress?.total !== steps.length) run.progress = progressOf(steps, 0, null);
      const signal = queue.signalOf(run.id);
      if (run.isCancelRequested) queue.abort(run.id);
      this.drive(run, steps, signal).catch((error: unknown) =>
        logger.error({ err: error, run: run.id }, 'A backfill stopped.'),
      );
    }
  }

  /** The steps of the range, as far as anything was ever published. Throws if it is no range. */
  private async planOf({ target, parameters = {} }: Asked): Promise<BackfillStep[]> {
    const { from, to } = parameters;
    if (!isDay(from) || !isDay(to) || from >= to) {
      throw new CodedError('invalid_parameter', '`from` and `to` are days, and `to` is the later.');
    }
    const models = selectModels(this.host.project, target);
    const days = await this.host.log.daysOf(from, to);
    if (days.length === 0) return [];
    const last = DateTime.fromISO(days.at(-1)!, { zone: 'utc' });
    return planBackfill(models, { from: days[0]!, to: last.plus({ days: 1 }).toISODate()! });
  }

  /** How many of the steps a backfill had done; none if it was another plan. */
  private async doneBefore(id: string, steps: readonly BackfillStep[]): Promise<number> {
    const before = await this.host.state.findRun(id);
    const { done = 0, total = 0 } = before?.progress ?? {};
    return total === steps.length && done < total ? done : 0;
  }

  private async drive(
    run: PipelineRun,
    steps: readonly BackfillStep[],
    signal: AbortSignal,
  ): Promise<PipelineRun> {
    const { queue, state } = this.host;
    const first = run.progress!.done;
    const began = performance.now();
    try {
      for (const [index, step] of steps.entries()) {
        if (index < first) continue;
        if (signal.aborted) return await this.close(run, 'cancelled', 'It was cancelled.');
        const isGoingOn = await queue.enqueueStep(() => this.runStep(run, step, signal));
        // It stays open: whoever leads next goes on with it.
        if (isGoingOn === null) return run;
        if (!isGoingOn) return await this.close(run, statusOf(run), run.error);
        const each = (performance.now() - began) / (index + 1 - first);
        run.progress = progressOf(steps, index + 1, each);
        await state.saveRun(run);
      }
      return await this.close(run, statusOf(run), null);
    } finally {
      queue.leave(run.id);
    }
  }

  /** Whether the backfill goes on; null if this service may not do it any more. */
  private async runStep(
    run: PipelineRun,
    step: BackfillStep,
    signal: AbortSignal,
  ): Promise<boolean | null> {
    const { queue, ensureLeadership, begin, observersOf, lost, failed } = this.host;
    if (queue.isStopping || !(await ensureLeadership())) return null;
    const context = await begin(run, signal);
    const { name } = step.model;
    const before = run.models[name];
    try {
      const task = () => runBackfillStep(context, step);
      await runTask(context, step.model, run, task, observersOf(run));
    } catch (error) {
      if (!(error instanceof LostLeadership)) throw error;
      await lost();
      return null;
    }
    const after = run.models[name]!;
    run.models[name] = before ? foldTask(before, after) : after;
    if (after.status === 'failed') {
      failed();
      run.error = `${nameOf(step)}: ${after.reason}`;
    }
    return after.status !== 'failed' && after.status !== 'cancelled';
  }

  private async close(
    run: PipelineRun,
    status: PipelineRun['status'],
    error: string | null,
  ): Promise<PipelineRun> {
    Object.assign(run, { status, error, finishedAt: this.host.clock.now() });
    await this.host.state.saveRun(run);
    return run;
  }
}

function isDay(text: string | undefined): text is string {
  return /^\d{4}-\d\d-\d\d$/.test(text ?? '') && DateTime.fromISO(text!).isValid;
}

function progressOf(steps: readonly BackfillStep[], done: number, eachMs: number | null) {
  const next = steps[done];
  return {
    done,
    total: steps.length,
    next: next ? nameOf(next) : null,
    remaining_ms: eachMs === null ? null : Math.round(eachMs * (steps.length - done)),
  };
}
