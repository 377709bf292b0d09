/** What a model promises: the content of its `.yml`, beside the `.sql` that says what to select. */

export type ModelKind = 'append' | 'upsert' | 'scd2' | 'partition' | 'full' | 'view';
export type ScheduleId = 'streaming' | 'minutely' | 'hourly' | 'daily';

/** Row checks quarantine the row; `error` holds the model; `warn` is only recorded. */
export type Severity = 'row' | 'error' | 'warn';

export interface Column {
  name: string;
  /** The engine's type, e.g. `Decimal(18, 6)`. */
  type: string;
  description: string;
  pii?: 'none' | 'pseudonymous';
}

/**
 * What is promised of rows. With `when: report` only quality reports ask it, not every publish, for
 * what costs more than the rows that changed. `tolerance` is the largest share of them, 0 to 1, that may fail without
 * failing the check; of `sum_equals`, the largest difference as a share of the larger sum.
 */
type Judged = {
  severity?: Severity;
  /** `publish`, which is the default, or only `report`. */
  when?: 'publish' | 'report';
};

/** Checks that count rows. */
type Tolerant = Judged & { tolerance?: number };

export type Check =
  | (Tolerant & { type: 'not_null'; columns: string[] })
  | (Tolerant & { type: 'unique'; columns: string[] })
  | (Tolerant & { type: 'accepted_values'; column: string; values: string[] })
  | (Tolerant & { type: 'range'; column: string; min?: number; max?: number })
  | (Tolerant & { type: 'regex'; column: string; pattern: string })
  /** The value is to be found in the column `field` of the model or source `to`. */
  | (Tolerant & { type: 'relationship'; column: string; to: string; field: string })
  /** The least share of rows, 0 to 1, that say each of the columns. */
  | (Judged & { type: 'completeness'; columns: string[]; min: number })
  /** The newest of the column may be so old. */
  | (Judged & { type: 'freshness'; column: string; max_age_seconds: number })
  /** By which share of the rows that stood before, if more than `from_rows`, their number may change. */
  | (Judged & {
      type: 'row_count_change';
      max_drop?: number;
      max_growth?: number;
      from_rows?: number;
    })
  /** The sum here equals that of the model `of`; the times cut both to the days that are judged. */
  | (Tolerant & {
      type: 'sum_equals';
      name: string;
      sum: string;
      of: string;
      of_sum?: string;
      time_column?: string;
      of_time_column?: string;
    })
  | (Tolerant & { type: 'sql'; name: string; description: string; sql: string });

/** A table whose newly loaded rows make a model work. */
export interface Increment {
  from: string;
  /**
   * For `upsert`: selects the keys to recompute, from `changes` (the newly loaded rows of `from`)
   * and, by ref(), from other models. Without it the keys are columns of the changed rows.
   */
  keys?: string;
}

/** How an `append` model finds the rows that stand already. */
export interface Dedup {
  /** The stored day by which standing keys are looked up. */
  date: string;
  /** Rows for which this column is false are looked up over `window_days` before their day. */
  dated_when: string;
  window_days: number;
  /** Among equal keys of one load, the first by this order wins. */
  first_by: string[];
}

export interface ModelContract {
  description: string;
  grain: string;
  kind: ModelKind;
  schedule?: ScheduleId;
  owner: string;
  /**
   * For `upsert` and `full`: a function of science/ that maps what the SQL selects to the model's
   * rows. It takes in what one pass selects.
   */
  compute?: string;
  /** What tells a row from the others; for `scd2` what tells whose version it is (see scd2.ts). */
  key?: string[];
  /** For `upsert`: the columns by which rows are recomputed together (default: the key). */
  recompute_by?: string[];
  /**
   * For `upsert`: the time column within whose spans rows are recomputed together. The keys then
   * carry `span_from` and `span_until`, both inclusive, and all that lies in a span is recomputed.
   */
  recompute_within?: string;
  /** For `upsert`: the most keys that one recomputation takes in, where they are wide. */
  keys_per_pass?: number;
  /** The UTC instant or date that gives a row its day: the unit of dirtiness. */
  time_column?: string;
  /** For `upsert`: where a row counts on several days, the instant that gives the last of them. */
  until_column?: string;
  partition_by?: 'day' | 'month' | 'none';
  order_by?: string[];
  indexes?: string[];
  increments?: Increment[];
  dedup?: Dedup;
  columns: Column[];
  checks?: Check[];
}

/** A declared table that the models read and do not make. */
export interface Source {
  name: string;
  description: string;
  /** How old the newest row may be while events arrive, in seconds. */
  freshness_seconds: number;
  /** When what a row tells happened; by it a backfill finds the rows of a range. */
  time_column?: string;
  checks?: Check[];
  grain?: string;
  owner?: string;
  columns?: Column[];
}

export interface Model extends ModelContract {
  /** `silver.orders` */
  name: string;
  /** SQL with ref() and source() resolved; `this()` and `dirty_keys()` are left to the runner. */
  sql: string;
  /** Models and sources that the SQL and the increments name. */
  upstream: string[];
  /** Changes whenever the SQL or the contract does. */
  hash: string;
}

export interface Project {
  sources: Source[];
  /** In an order in which each model comes after all that it reads. */
  models: Model[];
}
