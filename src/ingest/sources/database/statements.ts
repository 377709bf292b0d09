/**
 * Every statement that the shop's database is asked. Names come from an operator's mapping and
 * stand escaped; values are bound as text and cast to the column's own type, so that its index
 * serves. Only postgres-reader.ts (and its spec) may import this.
 */
import pg from 'pg';

/** What is wanted of one table or view; `key` is unique, one column, of a type that sorts. */
export interface TableRead {
  /** `schema.table`, or `table` as the user's search path finds it. */
  table: string;
  key: string;
  changedAt: string | null;
  columns: readonly string[];
}

/** Where a page ordered by a time and the key ended; both as PostgreSQL printed them. */
export interface ChangePosition {
  changedAt: string;
  key: string;
}

/** Half open: from ≤ t < to; null is no bound. */
export interface TimeRange {
  from: Date;
  to: Date | null;
}

export interface Statement {
  text: string;
  values: readonly string[];
}

/** The types of a table's columns as `format_type` words them, ready for a cast. */
export type TypeOf = (column: string) => string;

/** A page is held in memory whole. */
export const MAX_PAGE_ROWS = 50_000;

/** Transaction numbers, as stored in a row, go round after 2^32. */
const XID_SPAN = 4_294_967_296n;

/** `txid_…` is the old name of `pg_…`, and the one that PostgreSQL 12 knows as well. */
export const HORIZON: Statement = {
  text: 'select txid_snapshot_xmin(txid_current_snapshot())',
  values: [],
};

/** Name, type and whether the user may read it, of each column; no rows if there is no table. */
export function listColumns(table: string): Statement {
  const text = `
    select a.attname,
           format_type(a.atttypid, a.atttypmod),
           has_column_privilege(c.oid, a.attnum, 'select')
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid
    where c.oid = to_regclass($1::text)
      and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and a.attnum > 0
      and not a.attisdropped
    order by a.attnum`;
  return { text, values: [tableName(table)] };
}

/** The wanted columns and then the key, by key. */
export function selectAll(
  table: TableRead,
  typeOf: TypeOf,
  after: string | null,
  limit: number,
): Statement {
  return select(table.table, [...table.columns, table.key], [table.key], limit, (bind) =>
    keyCondition(table, typeOf, after, bind),
  );
}

/** The key alone, by key. */
export function selectKeys(
  table: TableRead,
  typeOf: TypeOf,
  after: string | null,
  limit: number,
): Statement {
  return selectAll({ ...table, columns: [] }, typeOf, after, limit);
}

/**
 * As selectAll, of the rows that transactions of number `xmin` or later wrote. Numbers compare
 * round the circle, as PostgreSQL's own do: less than half of it ahead is later. A row frozen long
 * ago may thus look new again, and is read once more, which does no harm.
 */
export function selectSinceSnapshot(
  table: TableRead,
  typeOf: TypeOf,
  xmin: string,
  after: string | null,
  limit: number,
): Statement {
  const low = (BigInt(xmin) % XID_SPAN).toString();
  return select(table.table, [...table.columns, table.key], [table.key], limit, (bind) => [
    ...keyCondition(table, typeOf, after, bind),
    `((t.xmin::text::bigint - ${bind(low, 'bigint')} + ${XID_SPAN}) % ${XID_SPAN})` +
      ` < ${XID_SPAN / 2n}`,
  ]);
}

/**
 * The wanted columns, then `column`, then the key, by (column, key), of the rows whose column lies
 * in the range. Bounds compare as instants; a column without a time zone holds UTC.
 */
export function selectInRange(
  table: TableRead,
  typeOf: TypeOf,
  column: string,
  range: TimeRange,
  page: { after: ChangePosition | null; limit: number },
): Statement {
  const { key } = table;
  const { after, limit } = page;
  return select(table.table, [...table.columns, column, key], [column, key], limit, (bind) => [
    // Beside a position the lower bound would say nothing, yet PostgreSQL may begin its scan there.
    after
      ? `(${ref(column)}, ${ref(key)}) > ` +
        `(${bind(after.changedAt, typeOf(column))}, ${bind(after.key, typeOf(key))})`
      : `${ref(column)} >= ${bind(range.from.toISOString(), 'timestamptz')}`,
    ...(range.to ? [`${ref(column)} < ${bind(range.to.toISOString(), 'timestamptz')}`] : []),
    `${ref(key)} is not null`,
  ]);
}

/** The rows whose column holds one of these values, by key. */
export function selectMatching(
  table: TableRead,
  typeOf: TypeOf,
  column: string,
  values: readonly string[],
  page: { after: string | null; limit: number },
): Statement {
  const { key } = table;
  const list = `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return select(table.table, [...table.columns, key], [key], page.limit, (bind) => [
    `${ref(column)} = any(${bind(list, `${typeOf(column)}[]`)})`,
    ...(page.after === null ? [] : [`${ref(key)} > ${bind(page.after, typeOf(key))}`]),
    `${ref(key)} is not null`,
  ]);
}

type Bind = (value: string, type: string) => string;

function select(
  table: string,
  columns: readonly string[],
  orderBy: readonly string[],
  limit: number,
  where: (bind: Bind) => string[],
): Statement {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_ROWS) {
    throw new RangeError(`A page has 1 to ${MAX_PAGE_ROWS} rows.`);
  }
  const values: string[] = [];
  const bind: Bind = (value, type) => `$${values.push(value)}::${type}`;
  const text = `
    select ${columns.map(ref).join(', ')}
    from ${tableName(table)} as t
    where ${where(bind).join(' and ')}
    order by ${orderBy.map(ref).join(', ')}
    limit ${bind(String(limit), 'bigint')}`;
  return { text, values };
}

/** A row without a key could be neither paged nor told from another. */
function keyCondition(
  { key }: TableRead,
  typeOf: TypeOf,
  after: string | null,
  bind: Bind,
): string[] {
  return [after === null ? `${ref(key)} is not null` : `${ref(key)} > ${bind(after, typeOf(key))}`];
}

/** Without the alias `order by` would mean a name in the select list first. */
function ref(column: string): string {
  return `t.${pg.escapeIdentifier(column)}`;
}

function tableName(table: string): string {
  const dot = table.indexOf('.');
  if (dot < 0) return pg.escapeIdentifier(table);
  return [table.slice(0, dot), table.slice(dot + 1)].map(pg.escapeIdentifier).join('.');
}
