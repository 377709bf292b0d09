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
import { createStatements, dropStatements, LOAD_ID, physicalTable } from './tables.js';

export interface Preparation {
  leadership: Pick<Leadership, 'epoch' | 'confirm'>;
  project: Project;
  warehouse: Warehouse;
  state: PipelineState;
  log: PublishLog;
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
  const { leadership, project, warehouse, state, log, logger } = preparation;
  const hashes = definitionHashes(project);
  const standing = await standingTables(warehouse);
  const known = new Map((await state.modelStates()).map((row) => [row.model, row.definitionHash]));
  for (const model of project.models) {
    const hash = hashes.get(model.name)!;
    const stands = model.kind === 'view' || standing.has(physicalTable(model));
    const isAnew = known.get(model.name) !== hash || !stands;
    if (isAnew) {
      await leadership.confirm();
      if (known.has(model.name)) logger.warn({ model: model.name }, 'The model is made anew.');
      for (const statement of dropStatements(model, standing)) {
        await warehouse.command('pipeline', statement);
      }
      await log.forget(model.name);
      await state.reset(model.name, hash);
    }
    // A table from before rows told it.
    if (!isAnew && model.kind !== 'view' && !standing.get(physicalTable(model))) {
      const table = physicalTable(model);
      await warehouse.command('pipeline', `alter table ${table} add column ${LOAD_ID} UUID`);
    }
    const [table, ...views] = createStatements(model);
    const statements = isAnew || model.kind === 'view' ? [table!, ...views] : views;
    for (const statement of statements) await warehouse.command('pipeline', statement);
  }
}

/**
 * What stands in the models' layers, and whether its rows tell which run made them. A model that is
 * recorded but whose table is gone has not read what its record says it has.
 */
async function standingTables(warehouse: Warehouse): Promise<Map<string, boolean>> {
  const rows = await warehouse.query<{ table_name: string; has_load_id: number }>(
    'pipeline',
    `with ['silver', 'gold', 'features'] as layers
     select concat(database, '.', name) as table_name,
       (database, name) in (
         select database, table from system.columns
         where has(layers, database) and name = '${LOAD_ID}'
       ) as has_load_id
     from system.tables where has(layers, database)`,
  );
  return new Map(rows.map(({ table_name: name, has_load_id: has }) => [name, Boolean(has)]));
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
