/**
 * `full`: small tables. Rebuilt beside and exchanged as a whole when upstream published something
 * since; SQL that names `{as_of:…}`, the midnight at which the day began in the reporting timezone,
 * also when another day began.
 */
import type { StatementParameters } from '../../../platform/warehouse/warehouse.js';
import type { Model } from '../../compiler/model.js';
import { audit } from '../audit.js';
import { insertComputed } from '../computed.js';
import {
  bytesOf,
  dropStages,
  stageName,
  UNCHANGED,
  type Outcome,
  type RunContext,
} from '../run-context.js';
import { columnNames, stageStatement } from '../tables.js';
import { publishingUpstream } from '../upstream.js';

/** Stands among the upstream models whose versions were consumed: milliseconds since 1970. */
const DAY = 'the day';

export async function runFull(context: RunContext, model: Model): Promise<Outcome> {
  const upstream = publishingUpstream(context.models, model).map(({ name }) => name);
  const isDated = model.sql.includes('{as_of:');
  const changes = await context.log.changesFor(model.name, isDated ? [...upstream, DAY] : upstream);
  const day = String(context.asOf.getTime());
  const isNewDay = isDated && changes.versions.get(DAY) !== day;
  if (changes.partitions.length === 0 && !isNewDay) return UNCHANGED;
  if (isDated) changes.versions.set(DAY, day);
  const versions = [...changes.versions.values()].join('/');
  const standing = context.holds.get(model.name);
  if (standing?.versions === versions) {
    return { ...UNCHANGED, status: 'held', reason: standing.reason };
  }
  const outcome = await rebuild(context, model);
  if (outcome.status === 'held') {
    context.holds.set(model.name, { versions, reason: outcome.reason! });
    return outcome;
  }
  await context.log.saveConsumed(model.name, changes.versions);
  return outcome;
}

/** Makes the table anew, whatever upstream published. */
export async function rebuild(context: RunContext, model: Model): Promise<Outcome> {
  const stage = stageName(context, model);
  try {
    await fillStage(context, model, stage);
    const verdict = await audit(context, model, stage, { partition: 'all', days: null });
    if (verdict.heldBecause) return { ...UNCHANGED, status: 'held', reason: verdict.heldBecause };
    const { quarantined } = verdict;
    if (quarantined > 0) {
      await context.warehouse.command(
        'pipeline',
        `alter table ${stage} delete where not (${verdict.passes}) settings mutations_sync = 1`,
      );
    }
    const { rows, bytes, version } = await publish(context, model, stage);
    const rowsIn = rows + quarantined;
    const published = { ...UNCHANGED, status: 'published' as const, rowsIn, rows, quarantined };
    return { ...published, bytes, partitions: 1, version };
  } finally {
    await dropStages(context, stage);
  }
}

async function fillStage(context: RunContext, model: Model, stage: string): Promise<void> {
  const columns = columnNames(model).join(', ');
  const parameters: StatementParameters = model.sql.includes('{as_of:')
    ? { as_of: context.asOf }
    : {};
  const sql = model.sql.replaceAll('this()', model.name);
  await context.warehouse.command('pipeline', stageStatement(stage, model, context.runId));
  if (model.compute) return insertComputed(context, model, sql, parameters, stage);
  await context.warehouse.command(
    'pipeline',
    `insert into ${stage} (${columns}) select ${columns} from (${sql})`,
    parameters,
  );
}

async function publish(
  context: RunContext,
  model: Model,
  stage: string,
): Promise<{ rows: number; bytes: number; version: string }> {
  const { rows, bytes } = await context.warehouse.queryOne<{ rows: string; bytes: string }>(
    'pipeline',
    `select count() as rows, ${bytesOf(stage)} as bytes from ${stage}`,
  );
  const publication = {
    model: model.name,
    partitions: ['all'],
    runId: context.runId,
    epoch: context.leadership.epoch,
  };
  const version = await context.log.begin(publication);
  await context.leadership.confirm();
  // The stage of a leader that was superseded is gone, so that its exchange fails.
  await context.warehouse.command('pipeline', `exchange tables ${stage} and ${model.name}`);
  await context.leadership.confirm();
  await context.log.commit(publication, version);
  return { rows: Number(rows), bytes: Number(bytes), version };
}
