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
  const heldBecause = await runModelChecks(context, model, stage);
  if (heldBecause) return { heldBecause, quarantined: 0, passes: '0' };
  return { heldBecause: null, ...(await quarantine(context, model, stage)) };
}

async function runModelChecks(
  context: RunContext,
  model: Model,
  stage: string,
): Promise<string | null> {
  let heldBecause: string | null = null;
  for (const check of modelChecks(model)) {
    const { failing } = await context.warehouse.queryOne<{ failing: string }>(
      'pipeline',
      `select count() as failing from (${check.failing(stage)})`,
    );
    if (failing === '0') continue;
    await record(context, model, check.name, check.severity, Number(failing));
    if (check.severity === 'error') {
      heldBecause ??= `The check ${check.name} failed for ${failing} rows.`;
    }
  }
  return heldBecause;
}

async function quarantine(
  context: RunContext,
  model: Model,
  stage: string,
): Promise<Pick<Verdict, 'quarantined' | 'passes'>> {
  const checks = rowChecks(model);
  if (checks.length === 0) return { quarantined: 0, passes: '1' };
  const passes = checks.map((check) => `(${check.passes})`).join(' and ');
  const { failing } = await context.warehouse.queryOne<{ failing: string }>(
    'pipeline',
    `select count() as failing from ${stage} where not (${passes})`,
  );
  if (failing === '0') return { quarantined: 0, passes };
  for (const check of checks) {
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
  return { quarantined: Number(failing), passes };
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
