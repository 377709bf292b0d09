/**
 * `partition`: recomputes the UTC days that upstream publishes touched, a partition (a month, or a
 * day where rows are many) at a time: the standing rows of clean days plus the recomputed rows of
 * dirty days, checked, then one REPLACE PARTITION. Atomic per partition, resumable by the log.
 */
import type { Model } from '../../compiler/model.js';
import { audit } from '../audit.js';
import {
  addOutcomes,
  bytesOf,
  dropStages,
  refuseIfCancelled,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import { columnNames, isByDay, isOfPartition, standInStatement, tableOf } from '../tables.js';
import { publishingUpstream } from '../upstream.js';

export async function runPartition(context: RunContext, model: Model): Promise<Outcome> {
  const upstream = publishingUpstream(context.models, model).map(({ name }) => name);
  const changes = await context.log.changesFor(model.name, upstream);
  if (changes.partitions.length === 0) return UNCHANGED;
  const versions = [...changes.versions.values()].join('/');
  const standing = context.holds.get(model.name);
  if (standing?.versions === versions) {
    return { ...UNCHANGED, status: 'held', reason: standing.reason };
  }
  const total = await recomputeDays(context, model, changes.partitions);
  if (total.status === 'held') {
    context.holds.set(model.name, { versions, reason: total.reason! });
    return total;
  }
  await context.log.saveConsumed(model.name, changes.versions);
  return total;
}

/** One partition that is held holds no other one back. */
export async function recomputeDays(
  context: RunContext,
  model: Model,
  dirtyDays: readonly string[],
): Promise<Outcome> {
  let total: Outcome = UNCHANGED;
  let reason: string | undefined;
  const kept = keptDays(context, model, dirtyDays);
  for (const [partition, days] of byPartition(model, kept, context.borders.of(model))) {
    refuseIfCancelled(context);
    const outcome = await replacePartition(context, model, partition, days);
    if (outcome.status === 'held') reason ??= outcome.reason!;
    else total = addOutcomes(total, outcome);
  }
  return reason === undefined ? total : { ...total, status: 'held', reason };
}

/** A day of which retention has dropped the rest is not made anew. */
function keptDays(context: RunContext, model: Model, days: readonly string[]): readonly string[] {
  const floor = context.floors.of(model);
  return floor ? days.filter((day) => day >= floor) : days;
}

/** `2026-11-05` lies in the partition 202611, or 20261105 where newer ones are days. */
function byPartition(model: Model, days: readonly string[], border = ''): Map<string, string[]> {
  const partitions = new Map<string, string[]>();
  for (const day of days) {
    const digits = isByDay(model) && day >= border ? 8 : 6;
    const partition = day.replaceAll('-', '').slice(0, digits);
    partitions.set(partition, [...(partitions.get(partition) ?? []), day]);
  }
  return partitions;
}

async function replacePartition(
  context: RunContext,
  model: Model,
  partition: string,
  days: string[],
): Promise<Outcome> {
  const stage = stageName(context, model, `_${partition}`);
  try {
    await fillStage(context, model, stage, partition, days);
    const verdict = await audit(context, model, stage, { partition, days });
    if (verdict.heldBecause) return { ...UNCHANGED, status: 'held', reason: verdict.heldBecause };
    if (verdict.quarantined > 0) {
      await context.warehouse.command(
        'pipeline',
        `alter table ${stage} delete where not (${verdict.passes}) settings mutations_sync = 1`,
      );
    }
    const { rows, bytes, version } = await publish(context, model, stage, partition, days);
    const { quarantined } = verdict;
    const rowsIn = rows + quarantined;
    const published = { ...UNCHANGED, status: 'published' as const, rowsIn, rows, quarantined };
    return { ...published, bytes, partitions: days.length, version };
  } finally {
    await dropStages(context, stage);
  }
}

async function fillStage(
  context: RunContext,
  model: Model,
  stage: string,
  partition: string,
  days: string[],
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const time = model.time_column!;
  const stageTable = standInStatement(stage, model, partition, context.runId);
  await context.warehouse.command('pipeline', stageTable);
  await context.warehouse.command(
    'pipeline',
    `insert into ${stage} (${columns}, _load_id)
     select ${columns}, _load_id from ${model.name}
     where ${isOfPartition(model, partition)}
       and toDate(${time}) not in {dirty_days:Array(Date)}`,
    { dirty_days: days },
  );
  await context.warehouse.command(
    'pipeline',
    `insert into ${stage} (${columns}) select ${columns} from (${model.sql})`,
    { dirty_days: days },
  );
}

async function publish(
  context: RunContext,
  model: Model,
  stage: string,
  partition: string,
  days: string[],
): Promise<{ rows: number; bytes: number; version: string }> {
  const { rows, bytes } = await context.warehouse.queryOne<{ rows: string; bytes: string }>(
    'pipeline',
    `select count() as rows, ${bytesOf(stage)} as bytes from ${stage}`,
  );
  const publication = {
    model: model.name,
    partitions: days,
    runId: context.runId,
    epoch: context.leadership.epoch,
  };
  const table = tableOf(model, partition);
  const version = await context.log.begin(publication);
  await context.leadership.confirm();
  // The stage of a leader that was superseded is gone, so that either fails. An empty stage takes
  // the place of nothing: what stood moves into it, and goes with it.
  await context.warehouse.command(
    'pipeline',
    rows === '0'
      ? `alter table ${table} move partition ${partition} to table ${stage}`
      : `alter table ${table} replace partition ${partition} from ${stage}`,
  );
  await context.leadership.confirm();
  await context.log.commit(publication, version);
  return { rows: Number(rows), bytes: Number(bytes), version };
}
