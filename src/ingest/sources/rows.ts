/** What readers of files and databases hand on: rows as text, each with its place. */

/** A value as the source wrote it; null where it has none. */
export type Cell = string | null;

/** One row; `cells` stand in the order of the reader's `columns`. */
export interface SourceRow {
  /** The line of a file (from 1, the header counted) at which the row begins, or its number. */
  line: number;
  cells: readonly Cell[];
}

/** A row that could not be read as one; the rows around it can. */
export interface BrokenRow {
  line: number;
  /** A stable word such as `wrong_number_of_fields`. */
  code: string;
  /** What is wrong, without any of the row's data. */
  detail: string;
  /** The row as text, for whoever may see it. */
  raw: string;
}

export type ReadRow = SourceRow | BrokenRow;

export interface OpenedRows {
  columns: readonly string[];
  /** Rows in the order of the source, in bounded batches. */
  batches: AsyncIterable<ReadRow[]>;
}

export function isBroken(row: ReadRow): row is BrokenRow {
  return 'code' in row;
}
