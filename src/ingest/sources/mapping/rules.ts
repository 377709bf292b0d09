/**
 * A mapping as data: what `parseMapping` makes of the YAML, with every shorthand spelt out. Types
 * only; `mapping.ts` hands them on, files of this folder import them here.
 */
import type { Entity, FieldType } from '../entities.js';

/** Which instant a local time means that a clock change repeats. */
export type AmbiguousTimes = 'reject' | 'earlier' | 'later';

export interface Mapping {
  /** The name it was parsed under, for messages. */
  name: string;
  source: string;
  /** IANA name; of times that state no offset. */
  timezone: string;
  ambiguousTimes: AmbiguousTimes;
  /** ISO 4217; of records whose entity has a currency and that state none. */
  currency: string | null;
  decimalComma: boolean;
  /** Texts that mean that there is no value. */
  emptyValues: readonly string[];
  file: FileOptions;
  /** The branches for a file; null if the mapping is of a database. */
  rows: RowRule[] | null;
  /** The tables of a database; null if the mapping is of a file. */
  tables: TableRule[] | null;
}

/** How a file is written; what is not stated is left to the reader of files. */
export interface FileOptions {
  format?: 'csv' | 'ndjson' | 'json';
  /** One character. */
  delimiter?: string;
  /** A label that `TextDecoder` knows. */
  encoding?: string;
  /** One character; empty if nothing is quoted. */
  quote?: string;
}

export interface TableRule {
  /** `name:line:column` in the YAML. */
  at: string;
  /** `schema.table`, or `table` as the database finds it. */
  table: string;
  /** The column of the primary key. */
  key: string;
  /** The column that tells when a row last changed. */
  changedAt: string | null;
  rows: RowRule[];
}

/** A column's name and where the YAML names it. */
export interface ColumnUse {
  column: string;
  at: string;
}

/** One branch: which rows it takes and what they become. */
export interface RowRule {
  at: string;
  /** It takes a row if any of these holds; one holds if all its conditions do. None: every row. */
  when: readonly (readonly Condition[])[];
  /** The reason; null for a branch that makes records. */
  ignore: string | null;
  /** Null: the entity that is asked for. */
  entity: Entity | null;
  id: readonly IdPart[] | null;
  fields: readonly FieldRule[];
}

export interface Condition {
  column: ColumnUse;
  /** Null: as the mapping says. */
  decimalComma: boolean | null;
  /** All must hold, tried in this order. */
  tests: readonly ConditionTest[];
}

export type Comparison = 'above' | 'below' | 'at_least' | 'at_most';

export type ConditionTest =
  | { kind: 'in'; values: readonly (string | number)[]; negated: boolean }
  | { kind: 'empty'; expected: boolean }
  | { kind: 'matches'; pattern: string }
  | { kind: 'compare'; by: Comparison; than: number };

export type IdPart =
  | { kind: 'column'; column: ColumnUse }
  | { kind: 'ordinal_of'; column: ColumnUse }
  | { kind: 'constant'; text: string };

export interface FieldRule {
  at: string;
  /** A field of the entity, or `properties.<path>` of an event. */
  name: string;
  from: FieldSource;
  /** Only of properties; null: text. */
  type: FieldType | null;
  /** What a text is replaced by before it is read; null for no value. */
  values: ReadonlyMap<string, string | null> | null;
  default: string | null;
  prefix: string | null;
  format: string | null;
  timezone: string | null;
  decimalComma: boolean | null;
  negate: boolean;
  /** To so many decimals; null: a number with too many is refused. */
  round: number | null;
}

export type FieldSource =
  | { kind: 'column'; column: ColumnUse }
  | { kind: 'constant'; text: string }
  | { kind: 'multiply'; factors: readonly Factor[] }
  | { kind: 'join'; columns: readonly ColumnUse[]; separator: string }
  | { kind: 'first_of'; columns: readonly ColumnUse[] };

/** A column, or a fixed number as written. */
export type Factor = ColumnUse | { number: string };
