/**
 * Which keys of an `upsert` model are dirty: collected from the new rows of its upstreams into a
 * table, which the model's SQL reads as `dirty_keys()`, and as `dirty_spans()` and `dirty_days()`
 * where it is recomputed within spans of time.
 */
import type { StatementParameters } from '../../../platform/warehouse/warehouse.js';
import type { Model } from '../../compiler/model.js';
import type { LoadWindow } from '../load-window.js';
import type { RunContext } from '../run-context.js';
import { standingRows } from '../tables.js';
import { upstreamTable } from '../upstream.js';

/** The dirty keys of one pass, as subqueries. */
export interface DirtyKeys {
  keys: string;
  /** `(<recompute_by>, spans Array(Tuple(span_from, span_until)))`, one row a key. */
  spans: string;
  /** The UTC days that the spans touch. */
  days: string;
}

const SPAN_COLUMNS = ['span_from', 'span_until'];

/** The columns by which rows are recomputed together. */
function recomputeBy(model: Model): string[] {
  return model.recompute_by ?? model.key!;
}

/** Rows of an upstream table that make keys dirty. */
export interface ChangedRows {
  upstream: string;
  /** Which of its rows. */
  where: string;
  parameters: StatementParameters;
}

/** The rows that a window takes in. */
export function changedIn({ upstream, after, until }: LoadWindow): ChangedRows {
  return {
    upstream,
    where: `_loaded_at > {loaded_after:DateTime64(3, 'UTC')}
           and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}`,
    parameters: { loaded_after: after, loaded_until: until },
  };
}

/** Writes the distinct dirty keys to a table of their own and answers how many there are. */
export async function collectKeys(
  context: RunContext,
  model: Model,
  changes: readonly ChangedRows[],
  keys: string,
  standing: Pick<ChangedRows, 'where' | 'parameters'> | null = null,
): Promise<number> {
  const names = recomputeBy(model);
  const spans = model.recompute_within ? SPAN_COLUMNS : [];
  const columns = [
    ...names.map((name) => `${name} ${plainType(model, name)}`),
    ...spans.map((name) => `${name} ${plainType(model, model.recompute_within!)}`),
    `_pass UInt64 materialized cityHash64(${names.join(', ')})`,
  ];
  const list = [...names, ...spans].join(', ');
  await context.warehouse.command(
    'pipeline',
    `create table ${keys} (${columns.join(', ')}) engine = MergeTree order by (${list})`,
  );
  for (const { upstream, where, parameters } of changes) {
    const { keys: selectKeys } = model.increments!.find(({ from }) => from === upstream)!;
    const selected = (selectKeys ?? `select ${list} from changes`).replaceAll('this()', model.name);
    await context.warehouse.command(
      'pipeline',
      `insert into ${keys} (${list})
       with changes as (
         select * from ${upstreamTable(context, upstream)}
         where ${where}
       )
       select distinct ${list} from (${selected})`,
      parameters,
    );
  }
  if (standing) {
    await context.warehouse.command(
      'pipeline',
      `insert into ${keys} (${list})
       select distinct ${list} from ${standingRows(model)} where ${standing.where}`,
      standing.parameters,
    );
  }
  const { rows } = await context.warehouse.queryOne<{ rows: string }>(
    'pipeline',
    `select uniqExact(${names.join(', ')}) as rows from ${keys}`,
  );
  return Number(rows);
}

/** The keys of the table for which `condition` holds. */
export function dirtyKeys(model: Model, keys: string, condition: string): DirtyKeys {
  const names = recomputeBy(model).join(', ');
  const from = `from ${keys} where ${condition}`;
  return {
    keys: `(select ${names} ${from})`,
    spans: `(select ${names}, groupArray((span_from, span_until)) as spans ${from} group by ${names})`,
    days: `(
      select distinct arrayJoin(
        range(toUInt32(toDate(span_from)), toUInt32(toDate(span_until)) + 1)
      )::Date as day ${from}
    )`,
  };
}

/** True for rows of a dirty key; what a function maps may go beyond them. */
export function isDirty(model: Model, { keys }: DirtyKeys): string {
  return `(${recomputeBy(model).join(', ')}) in ${keys}`;
}

/** The standing rows that a pass recomputes, as what follows a `select`. */
export function fromRecomputed(model: Model, { keys, spans, days }: DirtyKeys): string {
  const names = recomputeBy(model).join(', ');
  const time = model.recompute_within;
  if (!time) return `from ${standingRows(model)} where (${names}) in ${keys}`;
  return `from ${standingRows(model)} as standing inner join ${spans} as dirty using (${names})
     where (${names}) in ${keys} and toDate(${time}) in ${days}
       and arrayExists(span -> ${time} between span.1 and span.2, spans)`;
}

export function resolveDirty(sql: string, { keys, spans, days }: DirtyKeys): string {
  return sql
    .replaceAll('dirty_keys()', keys)
    .replaceAll('dirty_spans()', spans)
    .replaceAll('dirty_days()', days);
}

function plainType(model: Model, column: string): string {
  const found = model.columns.find(({ name }) => name === column);
  if (!found) throw new Error(`${model.name}: ${column} is recomputed by, which is no column.`);
  return found.type;
}
