/**
 * `name as materialized (…)` in a model's `with` clause: its rows are made once, in a stage. Any
 * other subquery is planned and made anew wherever it is named; the engine itself knows the word
 * only lately.
 */
export interface Materialized {
  /** In this order: the rows to make, by the table that is to hold them. */
  steps: { table: string; sql: string }[];
  /** The SQL, which reads those tables. */
  sql: string;
}

const MATERIALIZED = /\b([a-z_]+) as materialized \(/;

/** Splits off the marked subqueries, each of which may name those before it. Pure. */
export function splitMaterialized(sql: string, tableOf: (name: string) => string): Materialized {
  const steps: Materialized['steps'] = [];
  for (let match = MATERIALIZED.exec(sql); match; match = MATERIALIZED.exec(sql)) {
    const name = match[1]!;
    const table = tableOf(name);
    const start = match.index + match[0].length;
    const end = closingParenthesis(sql, start);
    const before = sql.slice(0, match.index).trimEnd();
    const context = before === 'with' ? '' : `${before.replace(/,$/, '')} `;
    steps.push({ table, sql: `${context}${sql.slice(start, end).trim()}` });
    sql = `${before} ${name} as (select * from ${table}${sql.slice(end)}`;
  }
  return { steps, sql };
}

/** The place of the parenthesis that closes the one before `start`; those in texts do not count. */
function closingParenthesis(sql: string, start: number): number {
  let depth = 1;
  let isText = false;
  for (let place = start; place < sql.length; place += 1) {
    const character = sql[place];
    if (character === "'") isText = !isText;
    else if (!isText && character === '(') depth += 1;
    else if (!isText && character === ')') depth -= 1;
    if (depth === 0) return place;
  }
  throw new Error('A parenthesis after `as materialized` is not closed.');
}
