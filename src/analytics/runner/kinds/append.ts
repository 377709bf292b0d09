/**
 * `append`: upstream rows loaded since the watermark, less the keys that stand already. Idempotent
 * because standing keys are dropped: a window read twice, or again after a crash, adds nothing.
 */
import type { Model } from '../../compiler/model.js';
import { audit, rowKey } from '../audit.js';
import type { LoadWindow } from '../load-window.js';
import {
  addOutcomes,
  bytesOf,
  checkpointsOf,
  dropStages,
  refuseIfCancelled,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import { columnNames, dirtyUnit, insertsOf, stageStatement } from '../tables.js';
import { upstreamTable } from '../upstream.js';

export async function runAppend(context: RunContext, model: Model): Promise<Outcome> {
  const upstream = model.increments![0]!.from;
  const table = upstreamTable(context, upstream);
  let total: Outcome = UNCHANGED;
  for (let hasMore = true; hasMore;) {
    refuseIfCancelled(context);
    const window = await context.windows.next(model.name, upstream, table);
    if (!window) break;
    const outcome = await appendWindow(context, model, window);
    total = addOutcomes(total, { ...outcome, checkpoints: checkpointsOf([window]) });
    if (outcome.status === 'held') return total;
    await context.windows.finish(model.name, window);
    hasMore = window.hasMore;
  }
  return total;
}

async function appendWindow(
  context: RunContext,
  model: Model,
  window: LoadWindow,
): Promise<Outcome> {
  const received = stageName(context, model, '_received');
  const rest = stageName(context, model);
  try {
    const rowsIn = await stageReceived(context, model, window, received);
    const stage = await stageNew(context, model, received, rest);
    const { rows, bytes } = await measure(context, stage);
    if (rows === 0) return { ...UNCHANGED, rowsIn };
    const verdict = await audit(context, model, stage);
    if (verdict.heldBecause) {
      return { ...UNCHANGED, rowsIn, status: 'held', reason: verdict.heldBecause };
    }
    const { days, version } = await publish(context, model, stage, verdict.passes);
    const { quarantined } = verdict;
    if (days === 0) return { ...UNCHANGED, rowsIn, quarantined };
    return {
      ...{ ...UNCHANGED, status: 'published', rowsIn, rows: rows - quarantined, quarantined },
      ...{ bytes, partitions: days, version },
    };
  } finally {
    await dropStages(context, received, rest);
  }
}

/**
 * What the model's SQL selects from the window, each key once: the first of equal ones, for which
 * all is sorted only where there are any. Answers with how many rows were selected.
 */
async function stageReceived(
  context: RunContext,
  model: Model,
  window: LoadWindow,
  received: string,
): Promise<number> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  const kept = context.floors.condition(model);
  const fill = (order: string) =>
    context.warehouse.command(
      'pipeline',
      `insert into ${received} (${columns}) select ${columns} from (${model.sql}) ${kept} ${order}`,
      { loaded_after: window.after, loaded_until: window.until },
    );
  await context.warehouse.command('pipeline', stageStatement(received, model, context.runId));
  await fill('');
  const { selected, repeated } = await context.warehouse.queryOne<{
    selected: string;
    repeated: string;
  }>(
    'pipeline',
    `select count() as selected, count() - uniqExact(${key}) as repeated from ${received}`,
  );
  if (repeated !== '0') {
    await context.warehouse.command('pipeline', `truncate table ${received}`);
    await fill(`order by ${model.dedup!.first_by.join(', ')} limit 1 by ${key}`);
  }
  return Number(selected);
}

/**
 * Of these, the ones whose key neither stands in the target nor lies in quarantine: mostly all of
 * them, so that they are copied only where some are not new. Answers with the stage that has them.
 */
async function stageNew(
  context: RunContext,
  model: Model,
  received: string,
  rest: string,
): Promise<string> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  const { date, dated_when: isDated, window_days: days } = model.dedup!;
  const { lookup } = await context.warehouse.queryOne<{ lookup: string[] }>(
    'pipeline',
    `select groupUniqArrayArray(
       if(${isDated}, [${date}], arrayMap(offset -> ${date} - offset, range(${days + 1})))
     ) as lookup from ${received}`,
  );
  const isOld = `(${key}) in (
      select ${key} from ${model.name}
      where ${date} in {lookup:Array(Date)} and (${key}) in (select ${key} from ${received})
    )
    or ${rowKey(model)} in (
      select row_key from operations.quarantined_rows
      where model = {model:String} and row_key in (select ${rowKey(model)} from ${received})
    )`;
  const parameters = { lookup, model: model.name };
  const { old } = await context.warehouse.queryOne<{ old: string }>(
    'pipeline',
    `select countIf(${isOld}) as old from ${received}`,
    parameters,
  );
  if (old === '0') return received;
  await context.warehouse.command('pipeline', stageStatement(rest, model, context.runId));
  await context.warehouse.command(
    'pipeline',
    `insert into ${rest} (${columns}) select ${columns} from ${received} where not (${isOld})`,
    parameters,
  );
  return rest;
}

async function publish(
  context: RunContext,
  model: Model,
  stage: string,
  passes: string,
): Promise<{ days: number; version: string | null }> {
  const columns = columnNames(model).join(', ');
  const day = dirtyUnit(model);
  const { days } = await context.warehouse.queryOne<{ days: string[] }>(
    'pipeline',
    `select arraySort(groupUniqArray(${day})) as days from ${stage} where ${passes}`,
  );
  if (days.length === 0) return { days: 0, version: null };
  const publication = {
    model: model.name,
    partitions: days,
    runId: context.runId,
    epoch: context.leadership.epoch,
  };
  const version = await context.log.begin(publication);
  await context.leadership.confirm();
  for (const insert of insertsOf(model, days, context.borders.of(model))) {
    await context.warehouse.command(
      'pipeline',
      `insert into ${insert.table} (${columns}, _load_id)
       select ${columns}, _load_id from ${stage}
       where (${passes}) and ${day} in {days:Array(String)}`,
      { days: insert.days },
    );
  }
  await context.leadership.confirm();
  await context.log.commit(publication, version);
  return { days: days.length, version };
}

async function measure(
  context: RunContext,
  stage: string,
): Promise<{ rows: number; bytes: number }> {
  const { rows, bytes } = await context.warehouse.queryOne<{ rows: string; bytes: string }>(
    'pipeline',
    `select count() as rows, ${bytesOf(stage)} as bytes from ${stage}`,
  );
  return { rows: Number(rows), bytes: Number(bytes) };
}
