/**
 * The audit of write-audit-publish: runs a model's checks on its stage, sets aside the rows that
 * fail a row check, and says whether the rest may be published.
 */
import type { Model } from '../compiler/model.js';
import { modelChecks, rowChecks } from './checks.js';
import type { RunContext } from './run-context.js';

export interface Verdict {
  /** Why the model must not be published, or null. */
  heldBecause: string | null;
  quarantined: number;
  /** True for the rows that may be published. */
  passes: string;
}

export async function audit(context: RunContext, model: Model, stage: string): Promise<Verdict> {
  const ofRows = rowChecks(model);
  const ofModel = modelChecks(model);
  const passes = ofRows.map((check) => `(${check.passes})`).join(' and ') || '1';
  const failing = await countFailing(context, [
    ...(ofRows.length > 0 ? [`select 1 from ${stage} where not (${passes})`] : []),
    ...ofModel.map((check) => check.failing(stage)),
  ]);
  const failingRows = ofRows.length > 0 ? failing.shift()! : 0;
  let heldBecause: string | null = null;
  for (const [index, { name, severity }] of ofModel.entries()) {
    const rows = failing[index]!;
    if (rows === 0) continue;
    await record(context, model, name, severity, rows);
    if (severity === 'error') heldBecause ??= `The check ${name} failed for ${rows} rows.`;
  }
  if (heldBecause) return { heldBecause, quarantined: 0, passes: '0' };
  if (failingRows > 0) await quarantine(context, model, stage);
  return { heldBecause: null, quarantined: failingRows, passes };
}

/** How many rows each of the selects has, by one statement. */
async function countFailing(context: RunContext, selects: readonly string[]): Promise<number[]> {
  if (selects.length === 0) return [];
  const counts = selects.map((select) => `(select count() from (${select}))`);
  const { failing } = await context.warehouse.queryOne<{ failing: string[] }>(
    'pipeline',
    `select [${counts.join(', ')}] as failing`,
  );
  return failing.map(Number);
}

async function quarantine(context: RunContext, model: Model, stage: string): Promise<void> {
  for (const check of rowChecks(model)) {
    const { rows } = await context.warehouse.queryOne<{ rows: string }>(
      'pipeline',
      `select count() as rows from ${stage} where not (${check.passes})`,
    );
    if (rows === '0') continue;
    await record(context, model, check.name, 'row', Number(rows));
    await context.warehouse.command(
      'pipeline',
      `insert into operations.quarantined_rows (model, check_name, row_key, run_id, row)
       select {model:String}, {check:String}, ${rowKey(model)}, {run:UUID}, ${rowAsJson(model)}
       from ${stage} where not (${check.passes})`,
      { model: model.name, check: check.name, run: context.runId },
    );
  }
}

async function record(
  context: RunContext,
  model: Model,
  checkName: string,
  severity: 'row' | 'error' | 'warn',
  failingRows: number,
): Promise<void> {
  const result = { runId: context.runId, model: model.name, checkName, severity };
  await context.state.recordCheck(result, failingRows);
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
