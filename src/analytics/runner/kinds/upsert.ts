/**
 * `upsert`: recomputes the dirty keys, keeps what differs from the standing rows, checks that
 * delta, and inserts it with a version; a tombstone where a key vanished or left its partition.
 */
import { splitMaterialized } from '../../compiler/materialized.js';
import type { Model } from '../../compiler/model.js';
import { audit } from '../audit.js';
import { insertComputed } from '../computed.js';
import type { LoadWindow } from '../load-window.js';
import {
  addOutcomes,
  checkpointsOf,
  dropStages,
  refuseIfCancelled,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import { columnNames, stageStatement } from '../tables.js';
import { upstreamTable } from '../upstream.js';
import { brokenHistory } from './scd2.js';
import {
  changedIn,
  collectKeys,
  dirtyKeys,
  fromRecomputed,
  isDirty,
  resolveDirty,
  type ChangedRows,
  type DirtyKeys,
} from './upsert-keys.js';
import { changedUnits, insertVersions, standingRowsGone, type Stages } from './upsert-versions.js';

/** The most keys that one recomputation takes in, unless its model says less. */
const KEYS_PER_PASS = 100_000;

const NEVER = new Date(0);

/** The load times between which a model's SQL reads one of its upstream tables. */
type ReadWindow = Pick<LoadWindow, 'upstream' | 'after' | 'until'>;

export async function runUpsert(context: RunContext, model: Model): Promise<Outcome> {
  let total: Outcome = UNCHANGED;
  for (;;) {
    refuseIfCancelled(context);
    const windows = await nextWindows(context, model);
    if (windows.length === 0) return total;
    const outcome = await upsertWindows(context, model, windows);
    total = addOutcomes(total, { ...outcome, checkpoints: checkpointsOf(windows) });
    if (outcome.status === 'held') return total;
    for (const window of windows) await context.windows.finish(model.name, window);
    if (!windows.some(({ hasMore }) => hasMore)) return total;
  }
}

async function nextWindows(context: RunContext, model: Model): Promise<LoadWindow[]> {
  const windows: LoadWindow[] = [];
  for (const { from } of model.increments!) {
    const window = await context.windows.next(model.name, from, upstreamTable(context, from));
    if (window) windows.push(window);
  }
  return windows;
}

function upsertWindows(context: RunContext, model: Model, windows: LoadWindow[]): Promise<Outcome> {
  return upsertChanged(context, model, windows, windows.map(changedIn), null);
}

/** Recomputes what the changed rows make dirty, and what stands. */
export async function upsertChanged(
  context: RunContext,
  model: Model,
  windows: ReadWindow[],
  changes: readonly ChangedRows[],
  standing: Pick<ChangedRows, 'where' | 'parameters'> | null,
): Promise<Outcome> {
  const keys = stageName(context, model, '_keys');
  try {
    const count = await collectKeys(context, model, changes, keys, standing);
    const passes = Math.ceil(count / (model.keys_per_pass ?? KEYS_PER_PASS));
    let total: Outcome = UNCHANGED;
    for (let pass = 0; pass < passes; pass += 1) {
      refuseIfCancelled(context);
      const dirty = dirtyKeys(model, keys, `_pass % ${passes} = ${pass}`);
      total = addOutcomes(total, await recompute(context, model, windows, dirty));
      if (total.status === 'held') return total;
    }
    return total;
  } finally {
    await dropStages(context, keys);
  }
}

async function recompute(
  context: RunContext,
  model: Model,
  windows: ReadWindow[],
  dirty: DirtyKeys,
): Promise<Outcome> {
  const stages: Stages = {
    standing: stageName(context, model, '_standing'),
    mapped: stageName(context, model, '_mapped'),
    computed: stageName(context, model, '_computed'),
    delta: stageName(context, model),
  };
  try {
    await copyStanding(context, model, dirty, stages);
    await compute(context, model, windows, dirty, stages);
    await keepDifferences(context, model, stages);
    return await auditAndPublish(context, model, stages);
  } finally {
    await dropStages(context, ...Object.values(stages));
  }
}

/** The standing rows of the dirty keys; they are asked for many times, and `final` is dear. */
async function copyStanding(
  context: RunContext,
  model: Model,
  dirty: DirtyKeys,
  { standing }: Stages,
): Promise<void> {
  await context.warehouse.command(
    'pipeline',
    `create table ${standing} engine = MergeTree order by tuple() as
     select ${columnNames(model).join(', ')}, _row_hash ${fromRecomputed(model, dirty)}`,
  );
}

async function compute(
  context: RunContext,
  model: Model,
  windows: ReadWindow[],
  dirty: DirtyKeys,
  { standing, computed, mapped }: Stages,
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const whole = resolveDirty(model.sql, dirty).replaceAll('this()', standing);
  const parameters = whole.includes('{loaded_after') ? windowParameters(model, windows) : {};
  const { steps, sql } = splitMaterialized(whole, (name) => `${computed}_${name}`);
  try {
    for (const step of steps) {
      await context.warehouse.command(
        'pipeline',
        `create table ${step.table} engine = MergeTree order by tuple() as ${step.sql}`,
        step.sql.includes('{loaded_after') ? parameters : {},
      );
    }
    await context.warehouse.command('pipeline', stageStatement(computed, model, context.runId));
    if (model.compute) {
      await context.warehouse.command('pipeline', stageStatement(mapped, model, context.runId));
      await insertComputed(context, model, sql, parameters, mapped);
    }
    await context.warehouse.command(
      'pipeline',
      `insert into ${computed} (${columns}, _row_hash)
       select ${columns}, cityHash64(toString(tuple(${columns})))
       from (${model.compute ? `select * from ${mapped} where ${isDirty(model, dirty)}` : sql})
       ${context.floors.condition(model)}`,
      model.compute ? {} : parameters,
    );
  } finally {
    if (steps.length > 0) await dropStages(context, ...steps.map(({ table }) => table));
  }
}

/**
 * The windows as the model's SQL names them: `loaded_after`, or by table where there are several
 * upstreams, e.g. `loaded_after_records`. Of one without news no row is in its window.
 */
function windowParameters(model: Model, windows: ReadWindow[]): Record<string, Date> {
  const parameters: Record<string, Date> = {};
  for (const { from } of model.increments!) {
    const window = windows.find(({ upstream }) => upstream === from);
    const suffix = model.increments!.length === 1 ? '' : `_${from.split('.')[1]}`;
    parameters[`loaded_after${suffix}`] = window?.after ?? NEVER;
    parameters[`loaded_until${suffix}`] = window?.until ?? NEVER;
  }
  return parameters;
}

async function keepDifferences(
  context: RunContext,
  model: Model,
  { standing, computed, delta }: Stages,
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  await context.warehouse.command('pipeline', stageStatement(delta, model, context.runId));
  await context.warehouse.command(
    'pipeline',
    `insert into ${delta} (${columns}, _row_hash)
     select ${columns}, _row_hash from ${computed}
     where (${key}, _row_hash) not in (select ${key}, _row_hash from ${standing})`,
  );
}

async function auditAndPublish(
  context: RunContext,
  model: Model,
  stages: Stages,
): Promise<Outcome> {
  const broken = await brokenHistory(context, model, stages.computed);
  if (broken) return { ...UNCHANGED, status: 'held', reason: broken };
  const verdict = await audit(context, model, stages.delta);
  if (verdict.heldBecause) return { ...UNCHANGED, status: 'held', reason: verdict.heldBecause };
  const { quarantined } = verdict;
  const gone = standingRowsGone(model, stages, verdict.passes);
  const changed = await changedUnits(context, model, stages, verdict.passes, gone);
  const { rowsIn, rows, bytes } = changed;
  if (changed.units.length === 0) return { ...UNCHANGED, rowsIn, quarantined };
  const publication = {
    model: model.name,
    partitions: changed.units,
    runId: context.runId,
    epoch: context.leadership.epoch,
  };
  const version = await context.log.begin(publication);
  await context.leadership.confirm();
  const { partitions } = changed;
  await insertVersions(context, model, stages, verdict.passes, gone, { version, partitions });
  await context.leadership.confirm();
  await context.log.commit(publication, version);
  const published = { ...UNCHANGED, status: 'published' as const, rowsIn, rows, quarantined };
  return { ...published, bytes, partitions: changed.units.length, version };
}
