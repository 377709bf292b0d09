/**
 * Turns model files into a project: contracts validated, references resolved, order found. Pure:
 * no database and no file access, so that a mistake is an error before anything runs.
 */
import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { MODEL_CONTRACT_SCHEMA, SOURCES_SCHEMA } from './contract-schema.js';
import { ancestors, topologicalOrder, type Edges } from './graph.js';
import type { Check, Model, ModelContract, Project, Source } from './model.js';
import { completeContract } from './scd2.js';
import { findReferences, resolveReferences } from './references.js';
import { DEFAULT_SETTINGS, resolveSettings, type ModelSettings } from './settings.js';

/** One file below `models/`, e.g. `2_silver/orders.sql`. */
export interface ModelFile {
  path: string;
  text: string;
}

const ajv = new Ajv2020({ allErrors: true, strict: false });
const validateContract = ajv.compile<ModelContract>(MODEL_CONTRACT_SCHEMA);
const validateSources = ajv.compile<{ sources: Source[] }>(SOURCES_SCHEMA);

/** Throws one error that names the file, or the chain of models, that is wrong. */
export function compileProject(
  written: readonly ModelFile[],
  settings: ModelSettings = DEFAULT_SETTINGS,
): Project {
  const files = written.map(({ path, text }) => ({ path, text: resolveSettings(text, settings) }));
  const sources = files.filter(({ path }) => path.endsWith('_sources.yml')).flatMap(compileSources);
  const models = files
    .filter(({ path }) => path.endsWith('.sql'))
    .map((file) => compileModel(file, findContract(files, file.path)));
  refuseLonelyContracts(files);
  refuseUnknownReferences(models, sources);
  const byName = new Map(models.map((model) => [model.name, model]));
  const edges = new Map(models.map((model) => [model.name, model.upstream]));
  const order = topologicalOrder(edges).filter((name) => byName.has(name));
  for (const model of models) {
    refuseDividedKeys(model);
    refuseWrongChecks(model, edges);
  }
  return { sources, models: order.map((name) => byName.get(name)!) };
}

function compileSources({ path, text }: ModelFile): Source[] {
  const content: unknown = parse(text);
  if (!validateSources(content)) throw new Error(`${path}: ${reasonsOf(validateSources)}.`);
  return content.sources;
}

function reasonsOf({ errors }: Pick<typeof validateContract, 'errors'>): string {
  const reasons = (errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
  return reasons.join('; ');
}

function compileModel(file: ModelFile, contractFile: ModelFile): Model {
  const parsed: unknown = parse(contractFile.text);
  if (!validateContract(parsed)) {
    throw new Error(`${contractFile.path}: ${reasonsOf(validateContract)}.`);
  }
  const contract = completeContract(contractFile.path, parsed);
  const references = findReferences(file.text).map(({ name }) => name);
  const increments = contract.increments ?? [];
  const named = increments.flatMap(({ from, keys }) => [
    from,
    ...findReferences(keys ?? '').map(({ name }) => name),
  ]);
  return {
    ...contract,
    name: modelName(file.path),
    increments: increments.map((increment) => ({
      ...increment,
      ...(increment.keys ? { keys: resolveReferences(increment.keys) } : {}),
    })),
    checks: (contract.checks ?? []).map((check) =>
      check.type === 'sql' ? { ...check, sql: resolveReferences(check.sql) } : check,
    ),
    sql: resolveReferences(file.text),
    upstream: [...new Set([...references, ...named])],
    hash: hashOf(file.text, contract),
  };
}

/** A hash of all that shapes the rows or their table; words about them may change freely. */
function hashOf(sql: string, contract: ModelContract): string {
  const { kind, compute, key, recompute_by, recompute_within } = contract;
  const { time_column, until_column, partition_by, order_by, indexes } = contract;
  const { increments, dedup, columns } = contract;
  const types = columns.map(({ name, type }) => [name, type]);
  const recomputed = [recompute_by, recompute_within];
  const table = [partition_by, order_by, indexes];
  const shape = [kind, compute, key, recomputed, time_column, until_column, table];
  const text = JSON.stringify([resolveReferences(sql), shape, increments, dedup, types]);
  return createHash('sha256').update(text).digest('hex');
}

/** `2_silver/orders.sql` is `silver.orders`. */
function modelName(path: string): string {
  const match = /(?:^|\/)\d_([a-z]+)\/([a-z0-9_]+)\.(?:sql|yml)$/.exec(path);
  if (!match) throw new Error(`${path}: expected <n>_<layer>/<model>.sql below the models folder.`);
  return `${match[1]}.${match[2]}`;
}

function findContract(files: readonly ModelFile[], sqlPath: string): ModelFile {
  const path = sqlPath.replace(/\.sql$/, '.yml');
  const contract = files.find((file) => file.path === path);
  if (!contract) throw new Error(`${sqlPath}: its contract ${path} is missing.`);
  return contract;
}

function refuseLonelyContracts(files: readonly ModelFile[]): void {
  for (const { path } of files) {
    if (!path.endsWith('.yml') || path.endsWith('_sources.yml')) continue;
    const sql = path.replace(/\.yml$/, '.sql');
    if (!files.some((file) => file.path === sql)) throw new Error(`${path}: ${sql} is missing.`);
  }
}

function refuseUnknownReferences(models: readonly Model[], sources: readonly Source[]): void {
  const known = new Set([...models, ...sources].map(({ name }) => name));
  for (const model of models) {
    for (const upstream of model.upstream) {
      if (known.has(upstream)) continue;
      throw new Error(`Unknown name in a reference: ${model.name} → ${upstream}.`);
    }
  }
}

/** Days and older months are read apart, so that the versions of a key must stand on one side. */
function refuseDividedKeys({ name, kind, partition_by: by, ...model }: Model): void {
  if ((kind !== 'upsert' && kind !== 'scd2') || by !== 'day') return;
  const { time_column: time, key = [], order_by: orderBy = [] } = model;
  if (!time || [key, orderBy].every((columns) => columns.includes(time))) return;
  throw new Error(`${name}: by day, its key and order_by must contain ${time}; or choose month.`);
}

/**
 * A check may name the model's own columns, and of other tables only what stands before it runs:
 * what it reads, directly or not.
 */
function refuseWrongChecks({ name, columns, checks = [] }: Model, edges: Edges): void {
  const known = new Set(columns.map((column) => column.name));
  const upstream = ancestors(edges, name);
  for (const check of checks) {
    for (const column of columnsOf(check)) {
      if (known.has(column)) continue;
      throw new Error(`${name}: the check ${check.type} names ${column}, which is no column.`);
    }
    for (const table of tablesOf(check)) {
      if (upstream.has(table)) continue;
      throw new Error(`${name}: the check ${check.type} names ${table}, which it does not read.`);
    }
  }
}

function columnsOf(check: Check): string[] {
  if ('columns' in check) return check.columns;
  return 'column' in check ? [check.column] : [];
}

function tablesOf(check: Check): string[] {
  if (check.type === 'relationship') return [check.to];
  return check.type === 'sum_equals' ? [check.of] : [];
}
