/**
 * Runs every check over the tables as they are published and scores them: how complete and how
 * accurate. One statement a table; nothing is changed by it.
 */
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import { historyChecks } from '../compiler/scd2.js';
import type { Check, Model, Project, Severity, Source } from '../compiler/model.js';
import { isFilled, requiredColumns, rowChecks, wholeChecks, type Subject } from './checks.js';

/** What a table should reach. */
export const QUALITY_TARGETS = { completeness: 0.95, accuracy: 0.99 } as const;

export interface CheckOutcome {
  name: string;
  type: Check['type'];
  severity: Severity;
  description: string;
  failing: number;
  total: number;
  tolerance: number;
  passed: boolean;
}

export interface TableQuality {
  table: string;
  owner: string | null;
  rows: number;
  /** Rows that a row check keeps from the table, and that no later version of them replaced. */
  set_aside: number;
  /** 1 − empty required cells / required cells, of the rows and those set aside; null of none. */
  completeness: number | null;
  /** Rows that pass every row check / rows, those set aside included; null of none. */
  accuracy: number | null;
  checks: CheckOutcome[];
  duration_ms: number;
}

interface Assessed {
  name: string;
  owner: string | null;
  checks: readonly Check[];
  key: readonly string[];
}

/** Set aside for a column that was empty, and in all. */
interface SetAside {
  empty: number;
  all: number;
}

interface Counted {
  rows: string;
  failing_rows: string;
  row_failures: string[];
  filled: string[];
  wholes: [failing: string, total: string][];
}

const NONE: SetAside = { empty: 0, all: 0 };

/** Models that hold rows, views that promise something of theirs, and sources, in graph order. */
export function assessedTables({ models, sources }: Project): Assessed[] {
  const ofSource = ({ name, checks = [] }: Source) => ({ name, checks, owner: null, key: [] });
  const ofModel = (model: Model) => {
    const { name, owner, checks = [], key = [] } = model;
    const ofHistory = model.kind === 'scd2' ? historyChecks(model) : [];
    return { name, owner, key, checks: [...checks, ...ofHistory] };
  };
  return [
    ...sources.map(ofSource),
    ...models.filter(({ kind, checks = [] }) => kind !== 'view' || checks.length > 0).map(ofModel),
  ];
}

/** `rowsBefore`: how many rows the table had when it was last assessed; null if it never was. */
export async function assess(
  warehouse: Warehouse,
  table: Assessed,
  rowsBefore: number | null,
): Promise<TableQuality> {
  const began = performance.now();
  const ofRows = rowChecks(table.checks);
  const ofWhole = wholeChecks(table.checks);
  const required = requiredCells(table);
  const before = rowsBefore === null ? null : `toUInt64(${rowsBefore})`;
  const subject: Subject = { table: table.name, within: null, rowsBefore: before };
  const passes = ofRows.map((check) => `(${check.passes})`).join(' and ') || '1';
  const list = (items: string[], type: string) => `[${items.join(', ')}]::Array(${type})`;
  const counted = await warehouse.queryOne<Counted>(
    'pipeline',
    `select count() as rows, countIf(not (${passes})) as failing_rows,
       ${list(
         ofRows.map((check) => `countIf(not (${check.passes}))`),
         'UInt64',
       )} as row_failures,
       ${list(
         required.map((isThere) => `countIf(${isThere})`),
         'UInt64',
       )} as filled,
       ${list(
         ofWhole.map(
           (check) =>
             `(select (toUInt64(failing), toUInt64(total)) from (${check.counts(subject)}))`,
         ),
         'Tuple(UInt64, UInt64)',
       )} as wholes
     from ${table.name}`,
  );
  const rows = Number(counted.rows);
  const aside = await setAside(warehouse, table);
  const filled = counted.filled.reduce((sum, cells) => sum + Number(cells), 0);
  const cells = (rows + aside.all) * required.length;
  const emptyCells = rows * required.length - filled + aside.empty;
  const valid = rows - Number(counted.failing_rows);
  return {
    table: table.name,
    owner: table.owner,
    rows,
    set_aside: aside.all,
    completeness: cells === 0 ? null : 1 - emptyCells / cells,
    accuracy: rows + aside.all === 0 ? null : valid / (rows + aside.all),
    checks: [
      ...ofRows.map((check, index) => {
        return outcome(check, 'row', Number(counted.row_failures[index]), rows);
      }),
      ...ofWhole.map((check, index) => {
        const [failing, total] = counted.wholes[index]!;
        return outcome(check, check.severity, Number(failing), Number(total), check.tolerance);
      }),
    ],
    duration_ms: Math.round(performance.now() - began),
  };
}

/**
 * Of each cell that must say something, whether it does: of the columns that a check asks to be
 * filled, or else of the key, in which an empty text is a value.
 */
function requiredCells({ checks, key }: Assessed): string[] {
  const columns = requiredColumns(checks);
  if (columns.length > 0) return columns.map(isFilled);
  return key.map((column) => `isNotNull(${column})`);
}

function outcome(
  { name, type, description }: { name: string; type: Check['type']; description: string },
  severity: Severity,
  failing: number,
  total: number,
  tolerance = 0,
): CheckOutcome {
  const passed = failing <= total * tolerance;
  return { name, type, severity, description, failing, total, tolerance, passed };
}

/** Keys that lie in quarantine and stand nowhere by now. */
async function setAside(warehouse: Warehouse, { name, key }: Assessed): Promise<SetAside> {
  if (key.length === 0) return NONE;
  const ofModel = 'from operations.quarantined_rows where model = {model:String}';
  const parameters = { model: name };
  const { count } = await warehouse.queryOne<{ count: string }>(
    'pipeline',
    `select count() as count ${ofModel}`,
    parameters,
  );
  if (count === '0') return NONE;
  const rowKey = `arrayStringConcat([${key.map((column) => `toString(${column})`).join(', ')}], '|')`;
  const found = await warehouse.queryOne<{ empty: string; all: string }>(
    'pipeline',
    `select uniqExactIf((row_key, check_name), startsWith(check_name, 'not_null')) as empty,
       uniqExact(row_key) as all
     ${ofModel} and row_key not in (
       select ${rowKey} from ${name} where ${rowKey} in (select row_key ${ofModel})
     )`,
    parameters,
  );
  return { empty: Number(found.empty), all: Number(found.all) };
}
