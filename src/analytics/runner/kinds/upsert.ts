/**
 * `upsert`: recomputes the dirty keys, keeps what differs from the standing rows, checks that
 * delta, and inserts it with a version; a tombstone where a key vanished or left its partition.
 */
import type { Model } from '../../compiler/model.js';
import { audit } from '../audit.js';
import type { LoadWindow } from '../load-window.js';
import {
  addOutcomes,
  dropStage,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import { columnNames, standingRows, stageStatement } from '../tables.js';
import { upstreamTable } from '../upstream.js';
import {
  changedUnits,
  insertVersions,
  recomputeBy,
  standingRowsGone,
  type Stages,
} from './upsert-versions.js';

/** The most keys that one recomputation takes in, unless its model says less. */
const KEYS_PER_PASS = 100_000;

const NEVER = new Date(0);

export async function runUpsert(context: RunContext, model: Model): Promise<Outcome> {
  let total: Outcome = UNCHANGED;
  for (;;) {
    const windows = await nextWindows(context, model);
    if (windows.length === 0) return total;
    const outcome = await upsertWindows(context, model, windows);
    total = addOutcomes(total, outcome);
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

async function upsertWindows(
  context: RunContext,
  model: Model,
  windows: LoadWindow[],
): Promise<Outcome> {
  const keys = stageName(context, model, '_keys');
  try {
    const count = await collectKeys(context, model, windows, keys);
    const passes = Math.ceil(count / (model.keys_per_pass ?? KEYS_PER_PASS));
    const names = recomputeBy(model).join(', ');
    let total: Outcome = UNCHANGED;
    for (let pass = 0; pass < passes; pass += 1) {
      const dirtyKeys = `(select ${names} from ${keys} where _pass % ${passes} = ${pass})`;
      total = addOutcomes(total, await recompute(context, model, windows, dirtyKeys));
      if (total.status === 'held') return total;
    }
    return total;
  } finally {
    await dropStage(context, keys);
  }
}

/** Writes the distinct dirty keys to a table of their own and answers how many there are. */
async function collectKeys(
  context: RunContext,
  model: Model,
  windows: LoadWindow[],
  keys: string,
): Promise<number> {
  const names = recomputeBy(model);
  const types = names.map((name) => `${name} ${plainType(model, name)}`);
  await context.warehouse.command(
    'pipeline',
    `create table ${keys} (${types.join(', ')}, _pass UInt64 materialized cityHash64(${names.join(', ')}))
     engine = MergeTree order by (${names.join(', ')})`,
  );
  for (const window of windows) {
    const { keys: selectKeys } = model.increments!.find(({ from }) => from === window.upstream)!;
    const list = names.join(', ');
    await context.warehouse.command(
      'pipeline',
      `insert into ${keys} (${list})
       with changes as (
         select * from ${upstreamTable(context, window.upstream)}
         where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
           and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
       )
       select distinct ${list} from (${(selectKeys ?? `select ${list} from changes`).replaceAll('this()', model.name)})`,
      { loaded_after: window.after, loaded_until: window.until },
    );
  }
  const { rows } = await context.warehouse.queryOne<{ rows: string }>(
    'pipeline',
    `select uniqExact(${names.join(', ')}) as rows from ${keys}`,
  );
  return Number(rows);
}

async function recompute(
  context: RunContext,
  model: Model,
  windows: LoadWindow[],
  dirtyKeys: string,
): Promise<Outcome> {
  const stages: Stages = {
    standing: stageName(context, model, '_standing'),
    computed: stageName(context, model, '_computed'),
    delta: stageName(context, model),
  };
  try {
    await copyStanding(context, model, dirtyKeys, stages);
    await compute(context, model, windows, dirtyKeys, stages);
    await keepDifferences(context, model, stages);
    return await auditAndPublish(context, model, stages);
  } finally {
    for (const stage of Object.values(stages)) await dropStage(context, stage);
  }
}

/** The standing rows of the dirty keys; they are asked for many times, and `final` is dear. */
async function copyStanding(
  context: RunContext,
  model: Model,
  dirtyKeys: string,
  { standing }: Stages,
): Promise<void> {
  await context.warehouse.command(
    'pipeline',
    `create table ${standing} engine = MergeTree order by tuple() as
     select ${columnNames(model).join(', ')}, _row_hash from ${standingRows(model)}
     where (${recomputeBy(model).join(', ')}) in ${dirtyKeys}`,
  );
}

async function compute(
  context: RunContext,
  model: Model,
  windows: LoadWindow[],
  dirtyKeys: string,
  { standing, computed }: Stages,
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const sql = model.sql.replaceAll('dirty_keys()', dirtyKeys).replaceAll('this()', standing);
  await context.warehouse.command('pipeline', stageStatement(computed, model));
  await context.warehouse.command(
    'pipeline',
    `insert into ${computed} (${columns}, _row_hash)
     select ${columns}, cityHash64(toString(tuple(${columns}))) from (${sql})
     settings max_partitions_per_insert_block = 0`,
    sql.includes('{loaded_after') ? windowParameters(model, windows) : {},
  );
}

/**
 * The windows as the model's SQL names them: `loaded_after`, or by table where there are several
 * upstreams, e.g. `loaded_after_records`. Of one without news no row is in its window.
 */
function windowParameters(model: Model, windows: LoadWindow[]): Record<string, Date> {
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
  await context.warehouse.command('pipeline', stageStatement(delta, model));
  await context.warehouse.command(
    'pipeline',
    `insert into ${delta} (${columns}, _row_hash)
     select ${columns}, _row_hash from ${computed}
     where (${key}, _row_hash) not in (select ${key}, _row_hash from ${standing})
     settings max_partitions_per_insert_block = 0`,
  );
}

async function auditAndPublish(
  context: RunContext,
  model: Model,
  stages: Stages,
): Promise<Outcome> {
  const verdict = await audit(context, model, stages.delta);
  if (verdict.heldBecause) return { ...UNCHANGED, status: 'held', reason: verdict.heldBecause };
  const gone = standingRowsGone(model, stages, verdict.passes);
  const changed = await changedUnits(context, model, stages, verdict.passes, gone);
  if (changed.units.length === 0) return { ...UNCHANGED, quarantined: verdict.quarantined };
  const publication = {
    model: model.name,
    partitions: changed.units,
    runId: context.runId,
    epoch: context.leadership.epoch,
  };
  const version = await context.log.begin(publication);
  await context.leadership.confirm();
  await insertVersions(context, model, stages, verdict.passes, gone, version);
  await context.leadership.confirm();
  await context.log.commit(publication, version);
  const { quarantined } = verdict;
  return { status: 'published', rows: changed.rows, quarantined, partitions: changed.units.length };
}

function plainType(model: Model, column: string): string {
  const found = model.columns.find(({ name }) => name === column);
  if (!found) throw new Error(`${model.name}: recompute_by names ${column}, which is no column.`);
  return found.type;
}
