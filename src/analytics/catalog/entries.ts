/**
 * What the contracts of models and sources say, in one form: the catalog, the data dictionary and
 * the explanation of a number all show these. Pure.
 */
import type { Check, Column, Model, Project, Source } from '../compiler/model.js';
import { derivedColumns, historyChecks } from '../compiler/scd2.js';
import { rowChecks, wholeChecks } from '../quality/checks.js';

export type PiiClass = NonNullable<Column['pii']>;

export interface CatalogColumn {
  name: string;
  type: string;
  description: string;
  pii: PiiClass;
}

export interface CatalogCheck {
  /** As results and quarantined rows name it. */
  name: string;
  type: string;
  /** `row` sets the row aside, `error` holds the model, `warn` is recorded. */
  severity: string;
  description: string;
}

export interface CatalogEntry {
  /** `silver.orders` */
  name: string;
  layer: string;
  kind: string;
  description: string;
  grain: string | null;
  owner: string;
  schedule: string | null;
  key: string[];
  time_column: string | null;
  partition_by: string | null;
  /** The strictest class among the columns. */
  pii: PiiClass;
  columns: CatalogColumn[];
  checks: CatalogCheck[];
  /** What it reads, and what reads it: neighbours only. */
  upstream: string[];
  downstream: string[];
  /** Changes whenever its rows or their table would. */
  definition: string | null;
}

/** Enough to tell two definitions apart. */
const DEFINITION_DIGITS = 12;
const DEFAULT_OWNER = 'data';

/** Sources first, then models, each after all that it reads. */
export function describeProject({ sources, models }: Project): CatalogEntry[] {
  const readers = (name: string) =>
    models.filter(({ upstream }) => upstream.includes(name)).map((model) => model.name);
  return [
    ...sources.map((source) => sourceEntry(source, readers(source.name))),
    ...models.map((model) => modelEntry(model, readers(model.name))),
  ];
}

function sourceEntry(source: Source, downstream: string[]): CatalogEntry {
  const columns = (source.columns ?? []).map(columnOf);
  return {
    name: source.name,
    layer: layerOf(source.name),
    kind: 'source',
    description: source.description.trim(),
    grain: source.grain ?? null,
    owner: source.owner ?? DEFAULT_OWNER,
    schedule: null,
    key: [],
    time_column: source.time_column ?? null,
    partition_by: null,
    pii: strictest(columns),
    columns,
    checks: checksOf(source.checks ?? []),
    upstream: [],
    downstream,
    definition: null,
  };
}

function modelEntry(model: Model, downstream: string[]): CatalogEntry {
  const columns = [...model.columns, ...derivedColumns(model)].map(columnOf);
  const ofHistory = model.kind === 'scd2' ? historyChecks(model) : [];
  return {
    name: model.name,
    layer: layerOf(model.name),
    kind: model.kind,
    description: model.description.trim(),
    grain: model.grain,
    owner: model.owner,
    schedule: model.schedule ?? null,
    key: model.key ?? [],
    time_column: model.time_column ?? null,
    partition_by: model.partition_by ?? null,
    pii: strictest(columns),
    columns,
    checks: checksOf([...(model.checks ?? []), ...ofHistory]),
    upstream: model.upstream,
    downstream,
    definition: model.hash.slice(0, DEFINITION_DIGITS),
  };
}

const layerOf = (name: string) => name.split('.')[0]!;

const columnOf = ({ name, type, description, pii }: Column): CatalogColumn => ({
  name,
  type,
  description: description.trim(),
  pii: pii ?? 'none',
});

const strictest = (columns: readonly CatalogColumn[]): PiiClass =>
  columns.some(({ pii }) => pii === 'pseudonymous') ? 'pseudonymous' : 'none';

/** One contract check may be several by name, such as one of each column that must be filled. */
function checksOf(checks: readonly Check[]): CatalogCheck[] {
  return [
    ...rowChecks(checks).map((check) => ({ ...check, severity: 'row' })),
    ...wholeChecks(checks),
  ].map(({ name, type, severity, description }) => ({
    ...{ name, type, severity },
    description: description.trim(),
  }));
}
