/**
 * What a new leader does before its first task: drops the stages of older epochs, whose publishes
 * then fail, closes what their leaders left open, and brings the tables in line with the models. A
 * model whose definition changed is made anew with all that reads it, views looked through, since no
 * publish tells which of their rows the old definition left behind; so is one whose table is gone.
 * Bronze keeps everything.
 */
import { createHash } from 'node:crypto';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Project } from '../compiler/model.js';
import type { PipelineState } from './pipeline-state.js';
import type { Leadership } from './leader.js';
import type { PublishLog } from './publish-log.js';
import { showBorder } from './bordered-views.js';
import type { MonthBorders } from './month-borders.js';
import {
  createStatements,
  isByDay,
  LOAD_ID,
  namesOf,
  physicalTable,
  storedTables,
} from './tables.js';

export interface Preparation {
  leadership: Pick<Leadership, 'epoch' | 'confirm'>;
  project: Project;
  warehouse: Warehouse;
  state: PipelineState;
  log: PublishLog;
  borders: Pick<MonthBorders, 'of'>;
  logger: Logger;
  /** Runs of this process that wait for the leadership: they are no orphans. */
  ownRuns: readonly string[];
}

export async function prepare(preparation: Preparation): Promise<void> {
  const { warehouse, leadership } = preparation;
  await dropOlderStages(warehouse, leadership.epoch);
  // Only now: a swap that was under way is over, or finds no stage.
  await preparation.log.recover();
  await preparation.state.closeOrphanedRuns(preparation.ownRuns);
  await alignTables(preparation);
}

/** Those of a newer epoch stay: who was followed while it prepared must not disturb its follower. */
export async function dropOlderStages(warehouse: Warehouse, epoch: number): Promise<void> {
  const stages = await warehouse.query<{ name: string }>(
    'pipeline',
    `select name from system.tables
     where database = 'stage' and toUInt64OrZero(extract(name, '__e([0-9]+)_')) < {epoch:UInt64}`,
    { epoch },
  );
  for (const { name } of stages) {
    await warehouse.command('pipeline', `drop table if exists stage.${name} sync`);
  }
}

async function alignTables(preparation: Preparation): Promise<void> {
  const { leadership, project, warehouse, state, log, borders, logger } = preparation;
  const hashes = definitionHashes(project);
  const standing = await standingTables(warehouse);
  const known = new Map((await state.modelStates()).map((row) => [row.model, row.definitionHash]));
  const run = (statement: string) => warehouse.command('pipeline', statement);
  for (const model of project.models) {
    const hash = hashes.get(model.name)!;
    const tables = model.kind === 'view' ? [] : storedTables(model);
    const [first] = tables;
    if (isByDay(model) && !standing.has(first!)) {
      await leadership.confirm();
      await becomeDays(warehouse, physicalTable(model), first!, standing);
    }
    const border = isByDay(model) ? borders.of(model) : undefined;
    // Without a border its months hold nothing yet, and may not even stand.
    const needed = border === undefined ? tables.slice(0, 1) : tables;
    const isView = !isByDay(model) || standing.get(physicalTable(model))?.is_view !== 0;
    const isWhole = isView && needed.every((table) => standing.has(table));
    const isAnew = known.get(model.name) !== hash || !isWhole;
    if (isAnew) {
      await leadership.confirm();
      if (known.has(model.name)) logger.warn({ model: model.name }, 'The model is made anew.');
      for (const name of namesOf(model)) {
        if (!standing.delete(name)) continue;
        await leadership.confirm();
        await run(`drop table if exists ${name} sync`);
      }
      await log.forget(model.name);
      await state.reset(model.name, hash);
    }
    for (const table of isAnew ? [] : tables) {
      // A table from before rows told it.
      if (standing.get(table)?.has_load_id === 0) {
        await run(`alter table ${table} add column ${LOAD_ID} UUID`);
      }
    }
    const statements = createStatements(model, border);
    if (!tables.every((table) => standing.has(table))) {
      for (const statement of statements.tables) await run(statement);
    }
    if (isByDay(model)) {
      await showBorder(warehouse, leadership, model, border, (view) => standing.has(view));
    }
    const { overTables, views } = statements;
    for (const statement of isByDay(model) ? views : [...overTables, ...views])
      await run(statement);
  }
}

interface StandingTable {
  is_view: number;
  has_load_id: number;
}

/** A table from before there were twins holds its days; what is killed after it finds them so. */
async function becomeDays(
  warehouse: Warehouse,
  table: string,
  days: string,
  standing: Map<string, StandingTable>,
): Promise<void> {
  const found = standing.get(table);
  if (!found || found.is_view) return;
  await warehouse.command('pipeline', `rename table ${table} to ${days}`);
  standing.set(days, found);
  standing.delete(table);
}

/**
 * What stands in the models' layers, and whether its rows tell which run made them. A model that is
 * recorded but whose table is gone has not read what its record says it has.
 */
async function standingTables(warehouse: Warehouse): Promise<Map<string, StandingTable>> {
  const rows = await warehouse.query<StandingTable & { table_name: string }>(
    'pipeline',
    `with ['silver', 'gold', 'features'] as layers
     select concat(database, '.', name) as table_name, engine = 'View' as is_view,
       (database, name) in (
         select database, table from system.columns
         where has(layers, database) and name = '${LOAD_ID}'
       ) as has_load_id
     from system.tables where has(layers, database)`,
  );
  return new Map(rows.map(({ table_name: name, ...table }) => [name, table]));
}

/** By model: a hash of its own definition and those of all that stands upstream. */
function definitionHashes({ models }: Project): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const { name, hash, upstream } of models) {
    const inputs = upstream.map((input) => hashes.get(input) ?? input);
    hashes.set(
      name,
      createHash('sha256')
        .update([hash, ...inputs].join('/'))
        .digest('hex'),
    );
  }
  return hashes;
}
