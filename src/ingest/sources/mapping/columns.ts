/** The columns that branches use, and how their cells are read. */
import type { Cell } from '../rows.js';
import { invalidMapping } from './mapping-text.js';
import type { ColumnUse, FieldSource, RowRule } from './rules.js';

export type Cells = readonly Cell[];

/** The trimmed text of a cell; null where there is none. */
export type ReadCell = (cells: Cells) => string | null;

const MAX_LISTED_COLUMNS = 100;

/** Every column used, each once, in the order of first use: conditions, then id, then fields. */
export function wantedColumns(rows: readonly RowRule[]): string[] {
  return [...new Set(rows.flatMap(columnUses).map(({ column }) => column))];
}

function columnUses({ when, id, fields }: RowRule): ColumnUse[] {
  return [
    ...when.flat().map(({ column }) => column),
    ...(id ?? []).flatMap((part) => (part.kind === 'constant' ? [] : [part.column])),
    ...fields.flatMap(({ from }) => columnsOf(from)),
  ];
}

export function columnsOf(source: FieldSource): ColumnUse[] {
  switch (source.kind) {
    case 'column':
      return [source.column];
    case 'multiply':
      return source.factors.filter((factor) => 'column' in factor);
    case 'join':
    case 'first_of':
      return [...source.columns];
    case 'constant':
      return [];
  }
}

/** The columns of an opened source. */
export class Columns {
  private readonly empties: ReadonlySet<string>;

  constructor(
    readonly names: readonly string[],
    emptyValues: readonly string[],
  ) {
    this.empties = new Set(['', ...emptyValues]);
  }

  /** Throws `invalid_mapping` with the place of every use of a column that is not there. */
  refuseMissing(rows: readonly RowRule[]): void {
    const shown = this.names.slice(0, MAX_LISTED_COLUMNS).join(', ');
    const problems = rows.flatMap(columnUses).flatMap(({ column, at }) => {
      const count = this.names.filter((name) => name === column).length;
      if (count === 1) return [];
      if (count > 1) return [`${at}: the source has ${count} columns ${column}.`];
      return [`${at}: the source has no column ${column}; it has ${shown || 'no columns'}.`];
    });
    if (problems.length > 0) throw invalidMapping(problems);
  }

  reader({ column }: ColumnUse): ReadCell {
    const index = this.names.indexOf(column);
    const { empties } = this;
    return (cells) => {
      const text = cells[index]?.trim();
      return text === undefined || empties.has(text) ? null : text;
    };
  }
}
