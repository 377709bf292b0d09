/** Runs the models of one run in the order of their graph. */
import { CodedError } from '../../contracts/errors.js';
import type {
  ModelRunSummary,
  PipelineRun,
} from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import { ancestors, type Edges } from '../compiler/graph.js';
import type { Model, Project } from '../compiler/model.js';
import { runAppend } from './kinds/append.js';
import { runFull } from './kinds/full.js';
import { runPartition } from './kinds/partition.js';
import { runUpsert } from './kinds/upsert.js';
import { LostLeadership } from './leader.js';
import { UNCHANGED, type Outcome, type RunContext } from './run-context.js';
import { statusOf, summary } from './run-record.js';
import { selectModels } from './selection.js';

interface Observers {
  telemetry: Telemetry;
  logger: Logger;
}

const RUN_BY_KIND: Record<Model['kind'], (context: RunContext, model: Model) => Promise<Outcome>> =
  {
    append: runAppend,
    upsert: runUpsert,
    scd2: runUpsert,
    partition: runPartition,
    full: runFull,
    view: async () => UNCHANGED,
  };

/** A failure stops only what stands below it; a held model's readers keep its last version. */
export async function runModels(
  context: RunContext,
  project: Project,
  run: PipelineRun,
  observers: Observers,
): Promise<void> {
  const edges: Edges = new Map(project.models.map(({ name, upstream }) => [name, upstream]));
  const current = new Set<string>();
  for (const model of selectModels(project, run.target)) {
    const above = ancestors(edges, model.name);
    const failed = Object.keys(run.models).find(
      (name) => above.has(name) && ['failed', 'skipped'].includes(run.models[name]!.status),
    );
    if (failed) {
      run.models[model.name] = summary('skipped', UNCHANGED, 0, `${failed} did not run.`);
      continue;
    }
    const result = await runModel(context, model, observers);
    run.models[model.name] = result;
    const isHeld = result.status === 'held' ? 1 : 0;
    observers.telemetry.heldModels.set({ model: model.name }, isHeld);
    if (result.status === 'held' || result.status === 'failed') continue;
    const isCurrent = [...above].every((name) => !isRunnable(context, name) || current.has(name));
    if (isCurrent) current.add(model.name);
    else await advanceWithUpstream(context, model.name, above);
  }
  await context.state.advance([...current], run.startedAt);
  run.status = statusOf(run);
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

async function runModel(
  context: RunContext,
  model: Model,
  { telemetry, logger }: Observers,
): Promise<ModelRunSummary> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const outcome = await RUN_BY_KIND[model.kind](context, model);
    const result = summary(outcome.status, outcome, elapsed(), outcome.reason);
    const labels = { model: model.name, status: result.status };
    telemetry.modelSeconds.observe(labels, result.duration_ms / 1000);
    if (outcome.status === 'held') {
      await context.state.stop(model.name, 'held', outcome.reason!);
      logger.warn({ model: model.name, reason: outcome.reason }, 'A model is held.');
    }
    return result;
  } catch (error) {
    if (error instanceof LostLeadership) throw error;
    const reason = describe(error);
    logger.error({ err: error, model: model.name }, 'A model failed.');
    await context.state.stop(model.name, 'failed', reason);
    return summary('failed', UNCHANGED, elapsed(), reason);
  }
}

/** What failed, in words that hold no data: the engine's number and name, or the error's class. */
export function describe(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const { code, type, name } = error as { code?: string; type?: string; name?: string };
  return [name ?? 'Error', code, type].filter(Boolean).join(' ');
}
