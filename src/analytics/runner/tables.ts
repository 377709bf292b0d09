/** Names and DDL of the tables behind a model, made from its contract. */
import type { Column, Model } from '../compiler/model.js';
import { derivedColumns } from '../compiler/scd2.js';

/** Partitions that one insert may touch. */
export const MAX_PARTITIONS_PER_INSERT = 60;

const FSYNC = 'fsync_after_insert = 1, fsync_part_directory = 1';

/** Bookkeeping columns of a versioned model. */
const VERSION_COLUMNS = ['_row_hash UInt64', '_version UInt64', '_is_deleted UInt8'];
/** The run that made the row; its record tells who started it and what it read. */
export const LOAD_ID = '_load_id';
const LOADED_AT = "_loaded_at DateTime64(3, 'UTC') default now64(3)";
/** What arrived since is asked each tick; old partitions answer from their index. */
const LOADED_AT_INDEX = 'index _loaded_at_minmax _loaded_at type minmax granularity 64';

/** Whether a model's rows stand as versions of themselves, read through a view. */
export function isVersioned({ kind }: Model): boolean {
  return kind === 'upsert' || kind === 'scd2';
}

/** Where a model's rows stand: a versioned model is read through a view over its versions. */
export function physicalTable(model: Model): string {
  return isVersioned(model) ? versionsTable(model) : model.name;
}

/** The current rows of a versioned model with their hashes, exactly as its readers see them. */
export function standingRows(model: Model): string {
  return `${model.name}__standing`;
}

function versionsTable(model: Model): string {
  return `${model.name}__versions`;
}

export function columnNames(model: Model): string[] {
  return model.columns.map(({ name }) => name);
}

/** The expression that gives a row's physical partition. */
export function partitionExpression(model: Model): string {
  if (!model.time_column || model.partition_by === 'none') return 'tuple()';
  const toPartition = model.partition_by === 'day' ? 'toYYYYMMDD' : 'toYYYYMM';
  return `${toPartition}(${model.time_column})`;
}

/** The expression that gives the units of dirtiness on which a row counts, as an array. */
export function dirtyUnits(model: Model): string {
  const { time_column: from, until_column: until } = model;
  if (!until) return `[${dirtyUnit(model)}]`;
  const days = `range(toUInt32(toDate(${from})), toUInt32(toDate(${until})) + 1)`;
  return `arrayMap(day -> toString(toDate(day)), ${days})`;
}

/** The expression that gives a row's unit of dirtiness: its UTC day, or `all`. */
export function dirtyUnit(model: Model): string {
  return model.time_column ? `toString(toDate(${model.time_column}))` : `'all'`;
}

/** Creates what is missing; a view is replaced. */
export function createStatements(model: Model): string[] {
  if (model.kind === 'view') return [`create or replace view ${model.name} as\n${model.sql}`];
  const table = `create table if not exists ${physicalTable(model)}\n${tableBody(model)}`;
  if (!isVersioned(model)) return [table];
  const columns = columnNames(model).join(', ');
  // Pruning by a part's own range of days would drop the part that holds a key's newer version,
  // and the older one would come back to life; unless the time is part of the key.
  const isTimeOfKey = model.time_column !== undefined && model.key!.includes(model.time_column);
  const standing =
    `create or replace view ${standingRows(model)} as select ${columns}, _row_hash ` +
    `from ${physicalTable(model)} final ` +
    'settings do_not_merge_across_partitions_select_final = 1' +
    (isTimeOfKey ? '' : ', use_partition_pruning = 0');
  const derived = derivedColumns(model).map(({ name, expression }) => `, ${expression} as ${name}`);
  const view =
    `create or replace view ${model.name} as select ${columns}${derived.join('')} ` +
    `from ${standingRows(model)}`;
  return [table, standing, view];
}

/** Drops what of the model is among `standing`. */
export function dropStatements(model: Model, standing: Pick<ReadonlySet<string>, 'has'>): string[] {
  // DROP TABLE takes views as well, so a model may have been of another kind before.
  const names = [model.name, standingRows(model), versionsTable(model)];
  return names
    .filter((name) => standing.has(name))
    .map((name) => `drop table if exists ${name} sync`);
}

/**
 * A stage has the target's columns. One that takes the place of the target or of a partition of it
 * is made alike and as durable; the rows of any other are copied, so it is as plain as can be. Its
 * rows carry the run that makes them.
 */
export function stageStatement(stage: string, model: Model, runId: string): string {
  if (isSwapped(model)) return `create table ${stage}\n${tableBody(model, runId)}`;
  const columns = tableColumns(model, runId).join(', ');
  return `create table ${stage} (${columns}) engine = MergeTree order by tuple()`;
}

/** What takes the place of a partition of an `append` model: made alike, with its load times. */
export function standInStatement(stage: string, model: Model, runId: string): string {
  return `create table ${stage}\n${tableBody(model, runId)}`;
}

/** Whether a stage takes the place of what stands; such rows are not read by when they came. */
function isSwapped({ kind }: Model): boolean {
  return kind === 'partition' || kind === 'full';
}

function tableColumns(model: Model, runId?: string): string[] {
  return [
    ...model.columns.map(({ name, type }: Column) => `${name} ${type}`),
    `${LOAD_ID} UUID${runId === undefined ? '' : ` default toUUID('${runId}')`}`,
    ...(isVersioned(model) ? VERSION_COLUMNS : []),
    ...(isSwapped(model) ? [] : [LOADED_AT]),
  ];
}

function tableBody(model: Model, runId?: string): string {
  const indexes = [...(isSwapped(model) ? [] : [LOADED_AT_INDEX]), ...(model.indexes ?? [])];
  const columns = [...tableColumns(model, runId), ...indexes];
  const engine = isVersioned(model) ? 'ReplacingMergeTree(_version, _is_deleted)' : 'MergeTree';
  return [
    `(\n    ${columns.join(',\n    ')}\n)`,
    `engine = ${engine}`,
    `partition by ${partitionExpression(model)}`,
    `order by (${(model.order_by ?? []).join(', ')})`,
    `settings ${FSYNC}`,
  ].join('\n');
}
