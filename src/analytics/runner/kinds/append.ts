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
    const { rowsIn, ...where } = await stageReceived(context, model, window, received);
    if (rowsIn === 0) return UNCHANGED;
    const stage = await stageNew(context, model, received, rest, where);
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

/** Where keys may stand that are not new. */
interface Where {
  dates: string[];
  /** Whether any row of the model lies in quarantine; mostly none does. */
  isQuarantined: boolean;
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
): Promise<Where & { rowsIn: number }> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  const { date, dated_when: isDated, window_days: days, first_by: firstBy } = model.dedup!;
  const kept = context.floors.condition(model);
  const fill = (order: string) =>
    context.warehouse.command(
      'pipeline',
      `insert into ${received} (${columns}) select ${columns} from (${model.sql}) ${kept} ${order}`,
      { loaded_after: window.after, loaded_until: window.until },
    );
  await context.warehouse.command('pipeline', stageStatement(received, model, context.runId));
  await fill('');
  const found = await context.warehouse.queryOne<{
    selected: string;
    repeated: string;
    dates: string[];
    quarantined: string;
  }>(
    'pipeline',
    `select count() as selected, count() - uniqExact(${key}) as repeated,
       groupUniqArrayArray(
         if(${isDated}, [${date}], arrayMap(offset -> ${date} - offset, range(${days + 1})))
       ) as dates,
       (select count() from operations.quarantined_rows where model = {model:String}) as quarantined
     from ${received}`,
    { model: model.name },
  );
  if (found.repeated !== '0') {
    await context.warehouse.command('pipeline', `truncate table ${received}`);
    await fill(`order by ${firstBy.join(', ')} limit 1 by ${key}`);
  }
  const { dates, quarantined } = found;
  return { rowsIn: Number(found.selected), dates, isQuarantined: quarantined !== '0' };
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
  { dates, isQuarantined }: Where,
): Promise<string> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  const stands = `(${key}) in (
      select ${key} from ${model.name}
      where ${model.dedup!.date} in {dates:Array(Date)}
        and (${key}) in (select ${key} from ${received})
    )`;
  const liesInQuarantine = `${rowKey(model)} in (
      select row_key from operations.quarantined_rows
      where model = {model:String} and row_key in (select ${rowKey(model)} from ${received})
    )`;
  const isOld = isQuarantined ? `${stands} or ${liesInQuarantine}` : stands;
  const parameters = { dates, ...(isQuarantined ? { model: model.name } : {}) };
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
