/**
 * Runs the models of one run in the order of their graph, independent ones beside each other. What
 * may pass is tried again; a failure stops only what stands below it.
 */
import pRetry from 'p-retry';
import { CodedError } from '../../contracts/errors.js';
import type {
  ModelRunSummary,
  PipelineRun,
} from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import { CONNECTIONS } from '../../platform/warehouse/connections.js';
import { ancestors, type Edges } from '../compiler/graph.js';
import type { Model, Project } from '../compiler/model.js';
import { inGraphOrder } from './in-graph-order.js';
import { runAppend } from './kinds/append.js';
import { runFull } from './kinds/full.js';
import { runPartition } from './kinds/partition.js';
import { runUpsert } from './kinds/upsert.js';
import { LostLeadership } from './leader.js';
import { Cancelled, refuseIfCancelled, UNCHANGED } from './run-context.js';
import type { Outcome, RunContext } from './run-context.js';
import { notBegun, statusOf, summary } from './run-record.js';
import { mayPass, RETRY_PAUSE_MS, TASK_ATTEMPTS } from './transient.js';

export interface Observers {
  telemetry: Telemetry;
  logger: Logger;
  /** Told when a task has begun or ended. */
  onTask?: () => Promise<void>;
}

/** Tasks at a time: each has a connection of its own. */
const PARALLEL_TASKS = CONNECTIONS.pipeline;

export type Task = (context: RunContext, model: Model) => Promise<Outcome>;

const RUN_BY_KIND: Record<Model['kind'], Task> = {
  append: runAppend,
  upsert: runUpsert,
  scd2: runUpsert,
  partition: runPartition,
  full: runFull,
  view: async () => UNCHANGED,
};

const FAILED: readonly ModelRunSummary['status'][] = ['failed', 'skipped', 'cancelled'];

/** A held model's readers keep its last version. */
export async function runModels(
  context: RunContext,
  project: Project,
  models: readonly Model[],
  run: PipelineRun,
  observers: Observers,
): Promise<void> {
  const edges: Edges = new Map(project.models.map(({ name, upstream }) => [name, upstream]));
  const above = new Map(models.map(({ name }) => [name, ancestors(edges, name)]));
  const work = async (model: Model) => {
    const failed = Object.keys(run.models).find(
      (name) => above.get(model.name)!.has(name) && FAILED.includes(run.models[name]!.status),
    );
    if (failed) run.models[model.name] = notBegun('skipped', `${failed} did not run.`);
    else if (context.signal.aborted) {
      run.models[model.name] = notBegun('cancelled', 'The run was cancelled.');
    } else await runTask(context, model, run, RUN_BY_KIND[model.kind], observers);
  };
  const waitsFor = (model: Model, other: Model) => above.get(model.name)!.has(other.name);
  await inGraphOrder({ items: models, waitsFor, limit: PARALLEL_TASKS, work });
  await advance(context, models, run, above);
  run.status = statusOf(run);
}

/** All that was acknowledged before the run is in the models of which nothing above stood still. */
async function advance(
  context: RunContext,
  models: readonly Model[],
  run: PipelineRun,
  above: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const current = new Set<string>();
  const late: string[] = [];
  for (const { name } of models) {
    if (!['published', 'unchanged'].includes(run.models[name]?.status ?? '')) continue;
    const isCurrent = [...above.get(name)!].every(
      (other) => !isRunnable(context, other) || current.has(other),
    );
    if (isCurrent) current.add(name);
    else late.push(name);
  }
  for (const name of late) await advanceWithUpstream(context, name, above.get(name)!);
  await context.state.advance([...current], run.startedAt);
}

const isRunnable = (context: RunContext, name: string) => {
  const model = context.models.get(name);
  return model !== undefined && model.kind !== 'view';
};

/** A model run without all that it reads is no more current than the oldest of these. */
async function advanceWithUpstream(
  context: RunContext,
  model: string,
  above: ReadonlySet<string>,
): Promise<void> {
  const upstream = [...above].filter((name) => isRunnable(context, name));
  const states = await context.state.modelStates(upstream);
  const times = states.map(({ asOf }) => asOf);
  if (times.length < upstream.length || times.some((time) => time === null)) return;
  await context.state.advance([model], new Date(Math.min(...times.map(Number))));
}

/** Runs one model and writes into the run's record what came of it. */
export async function runTask(
  context: RunContext,
  model: Model,
  run: PipelineRun,
  task: Task,
  { telemetry, logger, onTask }: Observers,
): Promise<void> {
  const startedAt = context.clock.now();
  const began = performance.now();
  let attempts = 0;
  const timing = () => ({
    startedAt,
    attempts,
    durationMs: Math.round(performance.now() - began),
  });
  run.models[model.name] = summary('running', UNCHANGED, timing());
  await onTask?.();
  const attempt = async (): Promise<Outcome> => {
    attempts += 1;
    // What an attempt before published and could not close is seen by all that reads it.
    if (attempts > 1) await context.log.recover(model.name);
    refuseIfCancelled(context);
    return task(context, model);
  };
  try {
    const outcome = await pRetry(attempt, {
      retries: TASK_ATTEMPTS - 1,
      minTimeout: RETRY_PAUSE_MS,
      shouldRetry: ({ error }) => mayPass(error),
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && mayPass(error)) {
          logger.warn({ err: error, model: model.name }, 'A model is tried again.');
        }
      },
    });
    run.models[model.name] = summary(outcome.status, outcome, timing(), outcome.reason);
    if (outcome.status === 'held') {
      await context.state.stop(model.name, 'held', outcome.reason!);
      logger.warn({ model: model.name, reason: outcome.reason }, 'A model is held.');
    }
  } catch (error) {
    if (error instanceof LostLeadership) throw error;
    const reason = describe(error);
    const status = error instanceof Cancelled ? 'cancelled' : 'failed';
    run.models[model.name] = summary(status, UNCHANGED, timing(), reason);
    if (status === 'failed') {
      logger.error({ err: error, model: model.name }, 'A model failed.');
      await context.state.stop(model.name, 'failed', reason);
    }
  }
  const { status, duration_ms: durationMs } = run.models[model.name]!;
  telemetry.modelSeconds.observe({ model: model.name, status }, durationMs / 1000);
  telemetry.heldModels.set({ model: model.name }, status === 'held' ? 1 : 0);
  await onTask?.();
}

/** What failed, in words that hold no data: the engine's number and name, or the error's class. */
export function describe(error: unknown): string {
  if (error instanceof CodedError || error instanceof Cancelled) return error.message;
  const { code, type, name } = error as { code?: string; type?: string; name?: string };
  return [name ?? 'Error', code, type].filter(Boolean).join(' ');
}
