/**
 * What the contracts of models and sources say, in one form: the catalog, the data dictionary and
 * the explanation of a number all show these. Pure.
 */
import type { Check, Column, Model, Project, Source } from '../compiler/model.js';
import { modelChecks, rowChecks } from '../runner/checks.js';

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
    time_column: null,
    partition_by: null,
    pii: strictest(columns),
    columns,
    checks: [],
    upstream: [],
    downstream,
    definition: null,
  };
}

function modelEntry(model: Model, downstream: string[]): CatalogEntry {
  const columns = model.columns.map(columnOf);
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
    checks: (model.checks ?? []).flatMap((check) => checksOf(model, check)),
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
function checksOf(model: Model, check: Check): CatalogCheck[] {
  const alone = { ...model, checks: [check] };
  const description = wordsOf(check);
  return [
    ...rowChecks(alone).map(({ name }) => ({ name, severity: 'row' })),
    ...modelChecks(alone).map(({ name, severity }) => ({ name, severity: String(severity) })),
  ].map((one) => ({ ...one, type: check.type, description }));
}

function wordsOf(check: Check): string {
  if ('description' in check) return check.description.trim();
  const { type, severity: _, ...members } = check;
  const said = Object.entries(members).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`,
  );
  return `${type.replaceAll('_', ' ')}: ${said.join('; ')}`;
}
