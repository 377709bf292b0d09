/**
 * Turns the checks of a contract into SQL. Pure. A row check says of one row whether it passes; any
 * other check counts what fails of a whole, whose rows it can select.
 */
import type { Check, Severity } from '../compiler/model.js';

/** A check that a single row passes or fails. */
export interface RowCheck {
  name: string;
  type: Check['type'];
  description: string;
  /** Never null: true for a row that may be published. */
  passes: string;
}

/** What a check is run over. */
export interface Subject {
  /** The stage or the table. */
  table: string;
  /** Of a stage of some days, the condition that cuts by a time column to these; else null. */
  within: ((timeColumn: string) => string) | null;
  /** A scalar that counts the rows which it takes the place of, or that stood before. */
  rowsBefore: string | null;
}

/** A check on rows as a whole. */
export interface WholeCheck {
  name: string;
  type: Check['type'];
  description: string;
  severity: Exclude<Severity, 'row'>;
  /** The largest share of failing rows, 0 to 1, that passes. */
  tolerance: number;
  /**
   * What it can be judged on: every `stage`; what stands for a `whole` (a partition, a table, not the
   * changed rows of one); only the `table` as it is published.
   */
  judgedOn: 'stage' | 'whole' | 'table';
  /** Whether only quality reports ask it. */
  isOfReports: boolean;
  /** Selects one row `failing, total`. */
  counts: (subject: Subject) => string;
  /** Selects the rows that fail; null where it is no row that fails. */
  failing: ((subject: Subject) => string) | null;
}

/** A check whose rows can each be judged alone, whatever its severity. */
type Predicate = Omit<RowCheck, 'type'>;

const CHECKS_OF_A_ROW: readonly Check['type'][] = ['not_null', 'accepted_values', 'range', 'regex'];

/** Row checks quarantine, unless told otherwise; any other check holds the model. */
export function severityOf(check: Check): Severity {
  if (check.severity) return check.severity;
  if (check.type === 'freshness') return 'warn';
  return CHECKS_OF_A_ROW.includes(check.type) ? 'row' : 'error';
}

/** Each is asked at every publish: a row that fails is never published. */
export function rowChecks(checks: readonly Check[] = []): RowCheck[] {
  return checks
    .filter((check) => severityOf(check) === 'row')
    .flatMap((check) => predicates(check).map((one) => ({ ...one, type: check.type })));
}

export function wholeChecks(checks: readonly Check[] = []): WholeCheck[] {
  return checks.flatMap((check): WholeCheck[] => {
    const severity = severityOf(check);
    if (severity === 'row') return [];
    const { type } = check;
    const tolerance = 'tolerance' in check ? (check.tolerance ?? 0) : 0;
    const common = { type, severity, tolerance, isOfReports: check.when === 'report' };
    switch (check.type) {
      case 'unique':
        return [{ ...common, ...uniqueness(check.columns) }];
      case 'sql':
        return [{ ...common, ...bySql(check) }];
      case 'sum_equals':
        return [{ ...common, ...sumEquals(check, tolerance), tolerance: 0 }];
      case 'row_count_change':
        return [{ ...common, ...rowCountChange(check), tolerance: 0 }];
      case 'completeness':
        return check.columns.map((column) => ({
          ...common,
          ...completeness(column),
          tolerance: 1 - check.min,
        }));
      case 'freshness':
        return [{ ...common, ...freshness(check), tolerance: 0 }];
      default:
        return predicates(check).map((predicate) => ({ ...common, ...overRows(predicate) }));
    }
  });
}

/** The columns that a table must have filled: what its completeness is measured by. */
export function requiredColumns(checks: readonly Check[] = []): string[] {
  const columns = checks.flatMap((check) =>
    check.type === 'not_null' || check.type === 'completeness' ? check.columns : [],
  );
  return [...new Set(columns)];
}

/** True where a cell says something: neither null nor an empty text. */
export function isFilled(column: string): string {
  return `isNotNull(${column}) and toString(assumeNotNull(${column})) != ''`;
}

function overRows({ name, description, passes }: Predicate) {
  return {
    name,
    description,
    judgedOn: 'stage' as const,
    counts: ({ table }: Subject) =>
      `select countIf(not (${passes})) as failing, count() as total from ${table}`,
    failing: ({ table }: Subject) => `select * from ${table} where not (${passes})`,
  };
}

function uniqueness(columns: readonly string[]) {
  const list = columns.join(', ');
  const repeated = (table: string) =>
    `select ${list}, count() as rows from ${table} group by ${list} having rows > 1`;
  return {
    name: `unique_${columns.join('_')}`,
    description: `No two rows have the same ${columns.join(', ')}.`,
    judgedOn: 'stage' as const,
    counts: ({ table }: Subject) =>
      `select (select count() from (${repeated(table)})) as failing,
         (select count() from ${table}) as total`,
    failing: ({ table }: Subject) => repeated(table),
  };
}

function bySql({ name, description, sql }: Extract<Check, { type: 'sql' }>) {
  const failing = ({ table }: Subject) => sql.replaceAll('this()', table);
  return {
    name,
    description,
    judgedOn: 'stage' as const,
    counts: (subject: Subject) =>
      `select (select count() from (${failing(subject)})) as failing,
         (select count() from ${subject.table}) as total`,
    failing,
  };
}

/** Both sums are decimals; the difference may be a share of the larger. */
function sumEquals(check: Extract<Check, { type: 'sum_equals' }>, tolerance: number) {
  const { sum, of, of_sum: ofSum = sum, time_column: time, of_time_column: ofTime = time } = check;
  const total = (expression: string, table: string, condition: string) =>
    `(select toDecimal256(ifNull(sum(${expression}), 0), 6) from ${table} ${condition})`;
  const cut = ({ within }: Subject, column?: string) =>
    within && column ? `where ${within(column)}` : '';
  const sums = (subject: Subject) =>
    `select ${total(sum, subject.table, cut(subject, time))} as here,
       ${total(ofSum, of, cut(subject, ofTime))} as there`;
  const differs = `abs(here - there) > greatest(abs(here), abs(there)) * toDecimal256(${tolerance}, 6)`;
  return {
    name: check.name,
    description: `The sum of ${sum} equals that of ${ofSum} in ${of}.`,
    judgedOn: 'whole' as const,
    counts: (subject: Subject) =>
      `select toUInt64(${differs}) as failing, toUInt64(1) as total from (${sums(subject)})`,
    failing: (subject: Subject) => `select here, there from (${sums(subject)}) where ${differs}`,
  };
}

function rowCountChange(check: Extract<Check, { type: 'row_count_change' }>) {
  const { max_drop: drop, max_growth: growth, from_rows: from = 0 } = check;
  const bounds = [
    ...(drop === undefined ? [] : [`now < before * ${1 - drop}`]),
    ...(growth === undefined ? [] : [`now > before * ${1 + growth}`]),
  ];
  const isOff = `before > ${from} and (${bounds.join(' or ') || '0'})`;
  const counted = ({ table, rowsBefore }: Subject) =>
    `select (select count() from ${table}) as now, ${rowsBefore ?? '0'} as before`;
  return {
    name: 'row_count_change',
    description: [
      'Compared with what stood before, the number of rows',
      drop === undefined ? '' : ` falls by no more than ${percent(drop)}`,
      drop !== undefined && growth !== undefined ? ' and' : '',
      growth === undefined ? '' : ` grows by no more than ${percent(growth)}`,
      '.',
    ].join(''),
    judgedOn: 'whole' as const,
    counts: (subject: Subject) =>
      `select toUInt64(ifNull(${isOff}, 0)) as failing, toUInt64(1) as total
       from (${counted(subject)})`,
    failing: (subject: Subject) => `select now, before from (${counted(subject)}) where ${isOff}`,
  };
}

function completeness(column: string) {
  const isEmpty = `not (${isFilled(column)})`;
  return {
    name: `completeness_${column}`,
    description: `Enough of the rows say ${column}.`,
    judgedOn: 'whole' as const,
    counts: ({ table }: Subject) =>
      `select countIf(${isEmpty}) as failing, count() as total from ${table}`,
    failing: ({ table }: Subject) => `select * from ${table} where ${isEmpty}`,
  };
}

/** An empty table is not late: nothing was to come. */
function freshness({ column, max_age_seconds: age }: Extract<Check, { type: 'freshness' }>) {
  return {
    name: `freshness_${column}`,
    description: `The newest ${column} is at most ${age} seconds old.`,
    judgedOn: 'table' as const,
    counts: ({ table }: Subject) =>
      `select toUInt64(count() > 0 and max(${column}) < now64(3) - interval ${age} second)
         as failing, toUInt64(1) as total from ${table}`,
    failing: null,
  };
}

function predicates(check: Check): Predicate[] {
  switch (check.type) {
    case 'not_null':
      return check.columns.map((column) => ({
        name: `not_null_${column}`,
        description: `${column} is neither null nor empty.`,
        passes: `(${isFilled(column)})`,
      }));
    case 'accepted_values': {
      const values = check.values.map(literal).join(', ');
      const description = `${check.column} is one of ${check.values.join(', ')}.`;
      const passes = nullOr(check.column, `${check.column} in (${values})`);
      return [{ name: `accepted_${check.column}`, description, passes }];
    }
    case 'range': {
      const { column, min, max } = check;
      const bounds = [
        ...(min === undefined ? [] : [`${column} >= ${min}`]),
        ...(max === undefined ? [] : [`${column} <= ${max}`]),
      ];
      const description = `${column} is ${[
        ...(min === undefined ? [] : [`at least ${min}`]),
        ...(max === undefined ? [] : [`at most ${max}`]),
      ].join(' and ')}.`;
      const passes = nullOr(column, bounds.join(' and ') || '1');
      return [{ name: `range_${column}`, description, passes }];
    }
    case 'regex': {
      const { column, pattern } = check;
      const description = `${column} matches ${pattern}.`;
      const passes = nullOr(column, `match(toString(${column}), ${literal(pattern)})`);
      return [{ name: `regex_${column}`, description, passes }];
    }
    case 'relationship': {
      const { column, to, field } = check;
      const description = `${column} is empty or a ${field} of ${to}.`;
      const isKnown = `toString(${column}) = '' or ${column} in (select ${field} from ${to})`;
      return [{ name: `relationship_${column}`, description, passes: nullOr(column, isKnown) }];
    }
    default:
      throw new Error(`A ${check.type} check looks at more than one row; it is no row check.`);
  }
}

function nullOr(column: string, condition: string): string {
  return `ifNull(isNull(${column}) or (${condition}), 0)`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function literal(value: string): string {
  return `'${value.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
