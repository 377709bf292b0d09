/**
 * The audit of write-audit-publish: runs a model's checks on its stage, sets aside the rows that
 * fail a row check, and says whether the rest may be published. What failed is kept: how many rows,
 * and some of them.
 */
import type { Model } from '../compiler/model.js';
import { rowChecks, wholeChecks, type Subject, type WholeCheck } from '../quality/checks.js';
import type { CheckedPart } from '../quality/quality-log.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { RunContext } from './run-context.js';
import { isOfPartition } from './tables.js';

export interface Verdict {
  /** Why the model must not be published, or null. */
  heldBecause: string | null;
  quarantined: number;
  /** True for the rows that may be published. */
  passes: string;
}

/** Of the rows that fail a check, so many are kept. */
const MAX_KEPT_ROWS = 1_000;

interface Count {
  failing: number;
  total: number;
}

/** What a stage takes the place of. */
export interface Replaced {
  /** Its number, or `all` for the whole table. */
  partition: string;
  /** The days of it that were made anew; null for all of it. */
  days: readonly string[] | null;
}

/** `replaces` is null for a stage that holds changed rows only. */
export async function audit(
  context: RunContext,
  model: Model,
  stage: string,
  replaces: Replaced | null = null,
): Promise<Verdict> {
  const ofRows = rowChecks(model.checks);
  const subject = subjectOf(model, stage, replaces);
  const ofWhole = wholeChecks(model.checks).filter(
    ({ judgedOn, isOfReports }) =>
      !isOfReports && (judgedOn === 'stage' || (judgedOn === 'whole' && replaces !== null)),
  );
  const passes = ofRows.map((check) => `(${check.passes})`).join(' and ') || '1';
  const counts = await count(context, [
    ...(ofRows.length > 0
      ? [`select countIf(not (${passes})) as failing, count() as total from ${stage}`]
      : []),
    ...ofWhole.map((check) => check.counts(subject)),
  ]);
  const failingRows = ofRows.length > 0 ? counts.shift()!.failing : 0;
  const reasons: string[] = [];
  for (const [index, check] of ofWhole.entries()) {
    const found = counts[index]!;
    const partition = replaces?.partition ?? '';
    if (found.failing <= found.total * check.tolerance) {
      await context.quality.passed({ model: model.name, checkName: check.name, partition });
      continue;
    }
    const passes = await isAccepted(context, model, check, subject, found, partition);
    if (!passes && check.severity === 'error') reasons.push(reasonOf(check, found));
  }
  if (reasons.length > 0) return { heldBecause: reasons[0]!, quarantined: 0, passes: '0' };
  if (failingRows > 0) await quarantine(context, model, stage);
  return { heldBecause: null, quarantined: failingRows, passes };
}

function reasonOf({ name }: WholeCheck, { failing }: Count): string {
  return `The check ${name} failed for ${failing} ${failing === 1 ? 'row' : 'rows'}.`;
}

function subjectOf(model: Model, stage: string, replaces: Replaced | null): Subject {
  if (replaces === null) return { table: stage, within: null, rowsBefore: null };
  const { partition, days } = replaces;
  if (days === null) {
    return { table: stage, within: null, rowsBefore: `(select count() from ${model.name})` };
  }
  const list = days.map((day) => `'${day}'`).join(', ');
  const within = (timeColumn: string) => `toDate(${timeColumn}) in (${list})`;
  const standing = `${model.name} where ${isOfPartition(model, partition)}`;
  return { table: stage, within, rowsBefore: `(select count() from ${standing})` };
}

/** The counts of each select, by one statement. */
async function count(context: RunContext, selects: readonly string[]): Promise<Count[]> {
  if (selects.length === 0) return [];
  const tuples = selects.map(
    (select) => `(select (toUInt64(failing), toUInt64(total)) from (${select}))`,
  );
  const { counts } = await context.warehouse.queryOne<{ counts: [string, string][] }>(
    'pipeline',
    `select [${tuples.join(', ')}]::Array(Tuple(UInt64, UInt64)) as counts`,
  );
  return counts.map(([failing, total]) => ({ failing: Number(failing), total: Number(total) }));
}

/**
 * Records a check that failed. A failure that a person accepted is recorded as such and passes,
 * also on later runs, as long as no more rows fail than were accepted.
 */
async function isAccepted(
  { runId, acceptance, quality, ...context }: RunContext,
  model: Model,
  check: WholeCheck,
  subject: Subject,
  { failing, total }: Count,
  partition: string,
): Promise<boolean> {
  const { name: checkName, severity } = check;
  const part = { model: model.name, checkName, partition };
  const isError = severity === 'error';
  if (acceptance && isError) await quality.accept(part, failing, runId, acceptance);
  const passes = isError && quality.isAccepted(part, failing);
  const outcome = passes ? 'accepted' : 'failed';
  const counts = { failingRows: failing, totalRows: total };
  const isNews = await quality.record({ ...part, runId, severity, outcome, ...counts });
  if (isNews && check.failing) {
    await keepFailing(context.warehouse, runId, part, check.failing(subject));
  }
  return passes;
}

async function keepFailing(
  warehouse: Warehouse,
  run: string,
  { model, checkName: check }: CheckedPart,
  failing: string,
): Promise<void> {
  await warehouse.command(
    'pipeline',
    `insert into operations.failing_rows (model, check_name, run_id, row)
     select {model:String}, {check:String}, {run:UUID}, formatRowNoNewline('JSONEachRow', *)
     from (select * from (${failing}) limit ${MAX_KEPT_ROWS})`,
    { model, check, run },
  );
}

async function quarantine(context: RunContext, model: Model, stage: string): Promise<void> {
  for (const check of rowChecks(model.checks)) {
    const { rows, total } = await context.warehouse.queryOne<{ rows: string; total: string }>(
      'pipeline',
      `select countIf(not (${check.passes})) as rows, count() as total from ${stage}`,
    );
    if (rows === '0') continue;
    await context.quality.record({
      runId: context.runId,
      model: model.name,
      checkName: check.name,
      partition: '',
      severity: 'row',
      outcome: 'failed',
      failingRows: Number(rows),
      totalRows: Number(total),
    });
    await context.warehouse.command(
      'pipeline',
      `insert into operations.quarantined_rows (model, check_name, row_key, run_id, row)
       select {model:String}, {check:String}, ${rowKey(model)}, {run:UUID}, ${rowAsJson(model)}
       from ${stage} where not (${check.passes})`,
      { model: model.name, check: check.name, run: context.runId },
    );
  }
}

/** The key of a row as text, by which a quarantined row is found again. */
export function rowKey(model: Model): string {
  const parts = (model.key ?? []).map((column) => `toString(${column})`);
  return `arrayStringConcat([${parts.join(', ')}], '|')`;
}

function rowAsJson(model: Model): string {
  const columns = model.columns.filter(({ type }) => !type.startsWith('AggregateFunction'));
  const names = columns.map(({ name }) => name).join(', ');
  const types = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  return `toJSONString(cast(tuple(${names}), {tuple_type}))`.replace(
    '{tuple_type}',
    `'Tuple(${types.replaceAll("'", "\\'")})'`,
  );
}
