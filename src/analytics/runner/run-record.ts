/** The record of a run: how it begins, how its models sum up, how ticks fold into one. */
import { randomUUID } from 'node:crypto';
import type {
  ModelRunSummary,
  PipelineRun,
} from '../../platform/control-db/entities/pipeline.entities.js';
import type { Outcome } from './run-context.js';

export interface RunRequest {
  /** A schedule, a model, or `all`. */
  target: string;
  trigger: PipelineRun['trigger'];
}

export function newRun({ target, trigger }: RunRequest, now: Date): PipelineRun {
  return {
    id: randomUUID(),
    target,
    trigger,
    status: 'running',
    epoch: '0',
    ticks: 1,
    models: {},
    error: null,
    startedAt: now,
    finishedAt: null,
  };
}

export function summary(
  status: ModelRunSummary['status'],
  outcome: Outcome,
  durationMs: number,
  reason?: string,
): ModelRunSummary {
  const { rows, quarantined, partitions } = outcome;
  const why = reason ? { reason } : {};
  return { status, rows, quarantined, partitions, duration_ms: durationMs, ...why };
}

export function count(run: PipelineRun, status: ModelRunSummary['status']): number {
  return Object.values(run.models).filter((model) => model.status === status).length;
}

export function statusOf(run: PipelineRun): PipelineRun['status'] {
  if (count(run, 'failed') > 0) return 'failed';
  return count(run, 'held') > 0 ? 'held' : 'published';
}

/** A tick that found nothing to do. */
export function isEmpty(run: PipelineRun): boolean {
  return run.status === 'published' && count(run, 'published') === 0;
}

/** Adds a tick to the record of its hour, or starts a new record. */
export function foldTick(folded: PipelineRun | undefined, tick: PipelineRun): PipelineRun {
  const hour = (run: PipelineRun) => run.startedAt.toISOString().slice(0, 13);
  if (!folded || hour(folded) !== hour(tick)) return tick;
  const models = { ...folded.models };
  for (const [name, next] of Object.entries(tick.models)) {
    const before = models[name];
    models[name] = before
      ? {
          ...next,
          rows: before.rows + next.rows,
          quarantined: before.quarantined + next.quarantined,
          duration_ms: before.duration_ms + next.duration_ms,
        }
      : next;
  }
  const { id, startedAt } = folded;
  const status = worse(folded.status, tick.status);
  const error = tick.error ?? folded.error;
  return { ...tick, id, startedAt, status, error, ticks: folded.ticks + 1, models };
}

const BY_GRAVITY: readonly PipelineRun['status'][] = ['failed', 'held', 'running', 'published'];

/** An hour in which a tick failed must not look like one in which all went well. */
function worse(a: PipelineRun['status'], b: PipelineRun['status']): PipelineRun['status'] {
  return BY_GRAVITY.find((status) => status === a || status === b) ?? b;
}
