/**
 * A range of days of an `append` model once more: what its SQL makes of all that bronze has of them
 * meets what stands. Rows that are missing are added, those that differ replaced, and a row of
 * which upstream no longer has the origin stays.
 */
import type { StatementParameters } from '../../../platform/warehouse/warehouse.js';
import type { Model } from '../../compiler/model.js';
import { audit, rowKey } from '../audit.js';
import { loadTimesOf } from '../load-window.js';
import {
  bytesOf,
  dropStages,
  refuseIfCancelled,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import {
  columnNames,
  dirtyUnit,
  isOfPartition,
  LOAD_ID,
  placeExpression,
  stageStatement,
  standInStatement,
  tableOf,
} from '../tables.js';
import { upstreamTable } from '../upstream.js';

/** Of one backfill: the days, the first inclusive, the last exclusive. */
export interface DayRange {
  from: string;
  to: string;
}

interface Stages {
  /** What upstream comes to, each key once. */
  made: string;
  /** What of it does not stand as it is. */
  delta: string;
}

export async function backfillAppend(
  context: RunContext,
  model: Model,
  range: DayRange,
): Promise<Outcome> {
  const stages = { made: stageName(context, model, '_made'), delta: stageName(context, model) };
  try {
    const rowsIn = await make(context, model, range, stages.made);
    await keepDifferences(context, model, stages);
    const verdict = await audit(context, model, stages.delta);
    if (verdict.heldBecause) {
      return { ...UNCHANGED, rowsIn, status: 'held', reason: verdict.heldBecause };
    }
    const published = await publish(context, model, stages, verdict.passes);
    return { ...published, rowsIn, quarantined: verdict.quarantined };
  } finally {
    await dropStages(context, stages.made, stages.delta);
  }
}

/** True for rows whose time lies in the range. */
export function within(timeColumn: string): string {
  return `toDate(${timeColumn}) >= {from_day:Date} and toDate(${timeColumn}) < {to_day:Date}`;
}

async function make(
  context: RunContext,
  model: Model,
  range: DayRange,
  made: string,
): Promise<number> {
  const { from: upstream } = model.increments![0]!;
  const columns = columnNames(model).join(', ');
  const days: StatementParameters = { from_day: range.from, to_day: range.to };
  const time = context.timeColumns.get(upstream);
  const windows = await loadTimesOf(
    context.warehouse,
    upstream,
    upstreamTable(context, upstream),
    time === undefined ? { where: '1', parameters: {} } : { where: within(time), parameters: days },
  );
  await context.warehouse.command('pipeline', stageStatement(made, model, context.runId));
  for (const { after, until } of windows) {
    refuseIfCancelled(context);
    await context.warehouse.command(
      'pipeline',
      `insert into ${made} (${columns})
       select ${columns} from (select * from (${model.sql}) ${context.floors.condition(model)})
       where ${within(model.time_column!)}`,
      { loaded_after: after, loaded_until: until, ...days },
    );
  }
  const { rows } = await context.warehouse.queryOne<{ rows: string }>(
    'pipeline',
    `select count() as rows from ${made}`,
  );
  return Number(rows);
}

/**
 * The first of each key, unless it lies in quarantine, stands on another day, or stands as it is.
 * A key that stands elsewhere was received there first.
 */
async function keepDifferences(
  context: RunContext,
  model: Model,
  { made, delta }: Stages,
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const key = model.key!.join(', ');
  const { date, dated_when: isDated, window_days: days, first_by: firstBy } = model.dedup!;
  const hash = `cityHash64(toString(tuple(${columns})))`;
  const { lookup } = await context.warehouse.queryOne<{ lookup: string[] }>(
    'pipeline',
    `select groupUniqArrayArray(
       if(${isDated}, [${date}], arrayMap(offset -> ${date} - offset, range(${days + 1})))
     ) as lookup from ${made}`,
  );
  await context.warehouse.command('pipeline', stageStatement(delta, model, context.runId));
  await context.warehouse.command(
    'pipeline',
    `insert into ${delta} (${columns})
     with standing as (
       select ${key}, ${dirtyUnit(model)} as standing_day, ${hash} as standing_hash
       from ${model.name}
       where ${date} in {lookup:Array(Date)} and (${key}) in (select ${key} from ${made})
     )
     select ${columns} from (
       select * from ${made} order by ${firstBy.join(', ')} limit 1 by ${key}
     )
     where (${key}, ${hash}) not in (select ${key}, standing_hash from standing)
       and (${key}, ${dirtyUnit(model)}) not in (
         select ${key}, any_day from (
           select ${key}, arrayJoin(made_days) as any_day from (
             select ${key}, groupUniqArray(${dirtyUnit(model)}) as made_days
             from ${made} group by ${key}
           ) as days
           inner join standing using (${key})
           where any_day != standing_day
         )
       )
       and ${rowKey(model)} not in (
         select row_key from operations.quarantined_rows
         where model = {model:String} and row_key in (select ${rowKey(model)} from ${made})
       )`,
    { lookup, model: model.name },
  );
}

/** A partition at a time: what stands less what is replaced, and the delta, swapped in at once. */
async function publish(
  context: RunContext,
  model: Model,
  { delta }: Stages,
  passes: string,
): Promise<Outcome> {
  const partition = placeExpression(model, context.borders.of(model));
  const touched = await context.warehouse.query<{
    partition_number: string;
    days: string[];
    rows: string;
  }>(
    'pipeline',
    `select toString(${partition}) as partition_number,
       arraySort(groupUniqArray(${dirtyUnit(model)})) as days, count() as rows
     from ${delta} where ${passes} group by partition_number order by partition_number`,
  );
  let total: Outcome = UNCHANGED;
  for (const { partition_number: number, days, rows } of touched) {
    refuseIfCancelled(context);
    const { version, bytes } = await swap(context, model, delta, passes, number, days);
    total = {
      ...{ ...total, status: 'published', version },
      rows: total.rows + Number(rows),
      bytes: total.bytes + bytes,
      partitions: total.partitions + days.length,
    };
  }
  return total;
}

async function swap(
  context: RunContext,
  model: Model,
  delta: string,
  passes: string,
  number: string,
  days: string[],
): Promise<{ version: string; bytes: number }> {
  const key = model.key!.join(', ');
  const columns = columnNames(model).join(', ');
  const standIn = stageName(context, model, `_swap_${number}`);
  const isHere = isOfPartition(model, number);
  try {
    await context.warehouse.command(
      'pipeline',
      standInStatement(standIn, model, number, context.runId),
    );
    await context.warehouse.command(
      'pipeline',
      `insert into ${standIn} (${columns}, _loaded_at, ${LOAD_ID})
       select ${columns}, _loaded_at, ${LOAD_ID} from ${model.name}
       where ${isHere} and (${key}) not in (select ${key} from ${delta} where ${passes})`,
    );
    await context.warehouse.command(
      'pipeline',
      `insert into ${standIn} (${columns}) select ${columns} from ${delta}
       where (${passes}) and ${isHere}`,
    );
    const { bytes } = await context.warehouse.queryOne<{ bytes: string }>(
      'pipeline',
      `select ${bytesOf(standIn)} as bytes`,
    );
    const { runId, leadership } = context;
    const publication = { model: model.name, partitions: days, runId, epoch: leadership.epoch };
    const version = await context.log.begin(publication);
    await leadership.confirm();
    await context.warehouse.command(
      'pipeline',
      `alter table ${tableOf(model, number)} replace partition ${Number(number)} from ${standIn}`,
    );
    await leadership.confirm();
    await context.log.commit(publication, version);
    return { version, bytes: Number(bytes) };
  } finally {
    await dropStages(context, standIn);
  }
}
