/**
 * Names and DDL of the tables behind a model, made from its contract. Beside a table with a partition
 * a day stands a twin with a partition a month, which holds the days before the border; both are read
 * through one view, so that who reads does not ask where a day stands.
 */
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

/** Whether older days stand in a twin that is partitioned by month. */
export function isByDay({ kind, partition_by: by, time_column: time }: Model): boolean {
  const isInTwo = kind !== 'view' && kind !== 'full';
  return isInTwo && by === 'day' && time !== undefined;
}

/** Every row of a model as stored: a versioned model is read through a view over its versions. */
export function physicalTable(model: Model): string {
  return isVersioned(model) ? versionsTable(model) : model.name;
}

/** The tables in which the rows of {@link physicalTable} stand: itself, or days and months. */
export function storedTables(model: Model): string[] {
  const table = physicalTable(model);
  return isByDay(model) ? [daysTable(table), monthsTable(table)] : [table];
}

/** In which of them a partition stands, by its number. */
export function tableOf(model: Model, partition: string): string {
  const [table, months] = storedTables(model);
  return months && isMonth(partition) ? months : table!;
}

/**
 * The inserts that bring rows of some days, or of partitions by day, to where they stand: each into
 * one table and of no more partitions than one may touch.
 */
export function insertsOf(
  model: Model,
  days: readonly string[],
  border: string | undefined,
): { table: string; days: string[] }[] {
  const [table, months] = storedTables(model);
  const digits = (day: string) => day.replaceAll('-', '');
  const isOld = (day: string) => border !== undefined && digits(day) < digits(border);
  const sides = months
    ? [
        { table: months, days: days.filter(isOld) },
        { table: table!, days: days.filter((day) => !isOld(day)) },
      ]
    : [{ table: table!, days: [...days] }];
  return sides.flatMap((side) => {
    const inserts = Math.ceil(side.days.length / MAX_PARTITIONS_PER_INSERT);
    return Array.from({ length: inserts }, (_, index) => {
      const start = index * MAX_PARTITIONS_PER_INSERT;
      return { table: side.table, days: side.days.slice(start, start + MAX_PARTITIONS_PER_INSERT) };
    });
  });
}

const daysTable = (table: string) => `${table}__days`;
const monthsTable = (table: string) => `${table}__months`;
const isMonth = (partition: string) => /^\d{6}$/.test(partition);

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

/** Every column of a stored row. */
export function storedColumns(model: Model): string[] {
  return tableColumns(model).map((column) => column.split(' ')[0]!);
}

/** The expression that gives a row's partition. */
export function partitionExpression(model: Model, by = model.partition_by): string {
  if (!model.time_column || by === 'none') return 'tuple()';
  return `${by === 'day' ? 'toYYYYMMDD' : 'toYYYYMM'}(${model.time_column})`;
}

/** True for the rows of a partition by its number: a month's, or a day's. */
export function isOfPartition(model: Model, partition: string): string {
  const by = isMonth(partition) ? 'month' : model.partition_by;
  return `${partitionExpression(model, by)} = ${Number(partition)}`;
}

/** The expression that gives the number of the partition in which a row stands. */
export function placeExpression(model: Model, border: string | undefined): string {
  const partition = partitionExpression(model);
  if (!isByDay(model) || border === undefined) return partition;
  const month = partitionExpression(model, 'month');
  return `if(toDate(${model.time_column}) < toDate('${border}'), ${month}, ${partition})`;
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
export function createStatements(
  model: Model,
  border?: string,
): { tables: string[]; overTables: string[]; views: string[] } {
  const view = (name: string, sql: string) => `create or replace view ${name} as ${sql}`;
  if (model.kind === 'view') {
    return { tables: [], overTables: [], views: [view(model.name, `\n${model.sql}`)] };
  }
  const tables = storedTables(model).map((table) => {
    const by = table === monthsTable(physicalTable(model)) ? 'month' : model.partition_by;
    return `create table if not exists ${table}\n${tableBody(model, by)}`;
  });
  const overTables = viewsOverTables(model, border).map(({ name, sql }) => view(name, sql));
  if (!isVersioned(model)) return { tables, overTables, views: [] };
  const derived = derivedColumns(model).map(({ name, expression }) => `, ${expression} as ${name}`);
  const columns = columnNames(model).join(', ');
  const current = `select ${columns}${derived.join('')} from ${standingRows(model)}`;
  return { tables, overTables, views: [view(model.name, current)] };
}

/** The views that read the stored tables, and so change when the border does. */
export function viewsOverTables(
  model: Model,
  border: string | undefined,
): { name: string; sql: string }[] {
  const isDivided = isByDay(model) && border !== undefined;
  const day = `toDate(${model.time_column})`;
  const sides = [`where ${day} >= toDate('${border}')`, `where ${day} < toDate('${border}')`];
  const union = (select: (table: string) => string, settings = '') =>
    storedTables(model)
      .slice(0, isDivided ? 2 : 1)
      .map((table, side) => [select(table), isDivided && sides[side], settings])
      .map((parts) => parts.filter(Boolean).join(' '))
      .join(' union all ');
  const stored = storedColumns(model).join(', ');
  const views = isByDay(model)
    ? [{ name: physicalTable(model), sql: union((table) => `select ${stored} from ${table}`) }]
    : [];
  if (!isVersioned(model)) return views;
  const columns = columnNames(model).join(', ');
  const standing = (table: string) => `select ${columns}, _row_hash from ${table} final`;
  return [...views, { name: standingRows(model), sql: union(standing, finalSettings(model)) }];
}

function finalSettings(model: Model): string {
  // Pruning by a part's own range of days would drop the part that holds a key's newer version,
  // and the older one would come back to life; unless the time is part of the key.
  const isTimeOfKey = model.time_column !== undefined && model.key!.includes(model.time_column);
  return (
    'settings do_not_merge_across_partitions_select_final = 1' +
    (isTimeOfKey ? '' : ', use_partition_pruning = 0')
  );
}

/** Under which the model's tables and views may stand, also if it was of another kind before. */
export function namesOf(model: Model): string[] {
  const stored = [model.name, versionsTable(model)];
  return [standingRows(model), ...stored.flatMap((t) => [t, daysTable(t), monthsTable(t)])];
}

/**
 * A stage has the target's columns. One that takes the place of the target or of a partition of it
 * is made alike and as durable; the rows of any other are copied, so it is as plain as can be. Its
 * rows carry the run that makes them.
 */
export function stageStatement(stage: string, model: Model, runId: string): string {
  if (isSwapped(model)) return standInStatement(stage, model, 'all', runId);
  const columns = tableColumns(model, runId).join(', ');
  return `create table ${stage} (${columns}) engine = MergeTree order by tuple()`;
}

/** What takes the place of a partition, or of all: made as is what it replaces. */
export function standInStatement(
  stage: string,
  model: Model,
  partition: string,
  runId?: string,
): string {
  const by = isMonth(partition) ? 'month' : model.partition_by;
  return `create table ${stage}\n${tableBody(model, by, runId)}`;
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

function tableBody(model: Model, by: Model['partition_by'], runId?: string): string {
  const indexes = [...(isSwapped(model) ? [] : [LOADED_AT_INDEX]), ...(model.indexes ?? [])];
  const columns = [...tableColumns(model, runId), ...indexes];
  const engine = isVersioned(model) ? 'ReplacingMergeTree(_version, _is_deleted)' : 'MergeTree';
  return [
    `(\n    ${columns.join(',\n    ')}\n)`,
    `engine = ${engine}`,
    `partition by ${partitionExpression(model, by)}`,
    `order by (${(model.order_by ?? []).join(', ')})`,
    `settings ${FSYNC}`,
  ].join('\n');
}
