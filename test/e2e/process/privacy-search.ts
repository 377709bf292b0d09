/** Searches whole stores for texts, without regard to case. */
import type { ControlDb } from '../../../src/platform/control-db/control-db.js';
import type { Warehouse } from '../../../src/platform/warehouse/warehouse.js';

/** The most needles that the engine's multiSearchAny takes is 255. */
export const NEEDLES_PER_SEARCH = 250;

/** Every column that holds text, of every table: text, and arrays and tuples of it. A view stores none. */
const TEXT_COLUMNS = `
  select database || '.' || table as relation, name from system.columns
  where database in ('bronze', 'silver', 'gold', 'features', 'stage', 'operations')
    and type like '%String%' and type not like 'AggregateFunction%'
    and (database, table) in (select database, name from system.tables where engine != 'View')
  order by relation, position`;

/** The columns, as `database.table.column`, in which any of the needles stands. */
export async function searchWarehouse(
  warehouse: Warehouse,
  needles: readonly string[],
): Promise<string[]> {
  const columns = await warehouse.query<{ relation: string; name: string }>(
    'pipeline',
    TEXT_COLUMNS,
  );
  if (columns.length === 0) throw new Error('The warehouse has no text columns to search.');
  const found = new Set<string>();
  for (const relation of new Set(columns.map((column) => column.relation))) {
    const names = columns.filter((column) => column.relation === relation);
    for (let start = 0; start < needles.length; start += NEEDLES_PER_SEARCH) {
      const some = needles.slice(start, start + NEEDLES_PER_SEARCH);
      const hits = await warehouse.queryOne<Record<string, number>>(
        'pipeline',
        `select ${names.map(({ name }) => countHits(name)).join(', ')} from ${relation} as t`,
        { needles: some.map((needle) => needle.toLowerCase()) },
      );
      for (const { name } of names) if (hits[`hits_${name}`]! > 0) found.add(`${relation}.${name}`);
    }
  }
  return [...found];
}

function countHits(column: string): string {
  const text = `lower(ifNull(toString(t.\`${column}\`), ''))`;
  return `toUInt32(countIf(multiSearchAny(${text}, {needles:Array(String)}))) as hits_${column}`;
}

/** All rows of every table of the control database as text, by table. */
export async function controlRows(controlDb: ControlDb): Promise<Record<string, string>> {
  const ask = <Row>(sql: string) => controlDb.dataSource.query<Row[]>(sql);
  const tables = await ask<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await ask<{ row: string }>(`select t::text as row from "${name}" as t`);
      return [name, rows.map(({ row }) => row).join('\n')] as const;
    }),
  );
  return Object.fromEntries(texts);
}

/** The needles that stand in a text. */
export function findAny(text: string, needles: readonly string[]): string[] {
  const searched = text.toLowerCase();
  return needles.filter((needle) => searched.includes(needle.toLowerCase()));
}
