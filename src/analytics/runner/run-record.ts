/** The record of a run: how it begins, how its tasks sum up, how ticks fold into one. */
import { randomUUID } from 'node:crypto';
import type {
  ModelRunSummary,
  PipelineRun,
  RunParameters,
} from '../../platform/control-db/entities/pipeline.entities.js';
import { mergeCheckpoints, UNCHANGED, type Outcome } from './run-context.js';

export interface RunRequest {
  /** A schedule, a model, or `all`. */
  target: string;
  trigger: PipelineRun['trigger'];
  /** The name of the key that asks. */
  requestedBy?: string;
  parameters?: RunParameters;
  retryOf?: string;
}

export function newRun(request: RunRequest, now: Date): PipelineRun {
  const { target, trigger } = request;
  return {
    id: randomUUID(),
    target,
    trigger,
    requestedBy: request.requestedBy ?? (trigger === 'schedule' ? 'schedule' : 'unknown'),
    parameters: request.parameters ?? {},
    status: 'running',
    epoch: '0',
    ticks: 1,
    models: {},
    progress: null,
    retryOf: request.retryOf ?? null,
    isCancelRequested: false,
    error: null,
    startedAt: now,
    finishedAt: null,
  };
}

/** How a task went about its work, beside what came of it. */
export interface TaskTiming {
  startedAt: Date | null;
  durationMs: number;
  attempts: number;
}

export function summary(
  status: ModelRunSummary['status'],
  outcome: Outcome,
  { startedAt, durationMs, attempts }: TaskTiming,
  reason?: string,
): ModelRunSummary {
  const { rowsIn, rows, quarantined, bytes, partitions, version, checkpoints } = outcome;
  return {
    status,
    attempts,
    started_at: startedAt?.toISOString() ?? null,
    duration_ms: durationMs,
    rows_in: rowsIn,
    rows,
    quarantined,
    bytes,
    partitions,
    version,
    ...(Object.keys(checkpoints).length > 0 ? { checkpoints } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** Of a task that was not begun. */
export function notBegun(status: 'skipped' | 'cancelled', reason: string): ModelRunSummary {
  return summary(status, UNCHANGED, { startedAt: null, durationMs: 0, attempts: 0 }, reason);
}

export function count(run: PipelineRun, status: ModelRunSummary['status']): number {
  return Object.values(run.models).filter((model) => model.status === status).length;
}

export function statusOf(run: PipelineRun): PipelineRun['status'] {
  if (count(run, 'failed') > 0) return 'failed';
  if (count(run, 'cancelled') > 0) return 'cancelled';
  return count(run, 'held') > 0 ? 'held' : 'published';
}

/** A tick that found nothing to do. */
export function isEmpty(run: PipelineRun): boolean {
  return run.status === 'published' && count(run, 'published') === 0;
}

/** Whether a tick belongs to the record of the hour. */
export function isOfHour(folded: PipelineRun | undefined, tick: PipelineRun): boolean {
  const hour = (run: PipelineRun) => run.startedAt.toISOString().slice(0, 13);
  return folded !== undefined && hour(folded) === hour(tick);
}

/** Adds a tick to the record of its hour, or starts a new record. */
export function foldTick(folded: PipelineRun | undefined, tick: PipelineRun): PipelineRun {
  if (!folded || !isOfHour(folded, tick)) return tick;
  const models = { ...folded.models };
  for (const [name, next] of Object.entries(tick.models)) {
    const before = models[name];
    models[name] = before ? foldTask(before, next) : next;
  }
  const { id, startedAt } = folded;
  const status = worse(folded.status, tick.status);
  const error = tick.error ?? folded.error;
  return { ...tick, id, startedAt, status, error, ticks: folded.ticks + 1, models };
}

/** Adds what a later tick or step did to one model. */
export function foldTask(before: ModelRunSummary, next: ModelRunSummary): ModelRunSummary {
  const checkpoints = mergeCheckpoints(before.checkpoints ?? {}, next.checkpoints ?? {});
  return {
    ...next,
    started_at: before.started_at ?? next.started_at,
    attempts: Math.max(before.attempts, next.attempts),
    rows_in: before.rows_in + next.rows_in,
    rows: before.rows + next.rows,
    quarantined: before.quarantined + next.quarantined,
    bytes: before.bytes + next.bytes,
    duration_ms: before.duration_ms + next.duration_ms,
    version: next.version ?? before.version,
    ...(Object.keys(checkpoints).length > 0 ? { checkpoints } : {}),
  };
}

const BY_GRAVITY: readonly PipelineRun['status'][] = ['failed', 'held', 'running', 'published'];

/** An hour in which a tick failed must not look like one in which all went well. */
function worse(a: PipelineRun['status'], b: PipelineRun['status']): PipelineRun['status'] {
  return BY_GRAVITY.find((status) => status === a || status === b) ?? b;
}
