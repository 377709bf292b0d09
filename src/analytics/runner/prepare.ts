/**
 * What a new leader does before its first task: drops the stages of older epochs, closes what a
 * dead leader left open, and brings the tables in line with the models. A model whose definition
 * changed is made anew with all that reads it, views looked through, since no publish tells which
 * of their rows the old definition left behind; bronze keeps everything.
 */
import { createHash } from 'node:crypto';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Project } from '../compiler/model.js';
import type { PipelineState } from './pipeline-state.js';
import type { PublishLog } from './publish-log.js';
import { createStatements, dropStatements, LOAD_ID, physicalTable } from './tables.js';

export interface Preparation {
  project: Project;
  warehouse: Warehouse;
  state: PipelineState;
  log: PublishLog;
  logger: Logger;
  /** Runs of this process that wait for the leadership: they are no orphans. */
  ownRuns: readonly string[];
}

export async function prepare(preparation: Preparation): Promise<void> {
  await dropStages(preparation.warehouse);
  await preparation.log.recover();
  await preparation.state.closeOrphanedRuns(preparation.ownRuns);
  await alignTables(preparation);
}

async function dropStages(warehouse: Warehouse): Promise<void> {
  const stages = await warehouse.query<{ name: string }>(
    'pipeline',
    `select name from system.tables where database = 'stage'`,
  );
  for (const { name } of stages) {
    await warehouse.command('pipeline', `drop table if exists stage.${name} sync`);
  }
}

async function alignTables({ project, warehouse, state, log, logger }: Preparation): Promise<void> {
  const hashes = definitionHashes(project);
  await addLoadIds(project, warehouse);
  for (const model of project.models) {
    const hash = hashes.get(model.name)!;
    const known = await state.definitionHash(model.name);
    if (known !== hash) {
      if (known !== null) logger.warn({ model: model.name }, 'The model changed and is made anew.');
      for (const statement of dropStatements(model)) await warehouse.command('pipeline', statement);
      await log.forget(model.name);
      await state.reset(model.name, hash);
    }
    for (const statement of createStatements(model)) await warehouse.command('pipeline', statement);
  }
}

/** Tables from before rows told which run made them. */
async function addLoadIds(project: Project, warehouse: Warehouse): Promise<void> {
  const tables = project.models.filter(({ kind }) => kind !== 'view').map(physicalTable);
  const lacking = await warehouse.query<{ name: string }>(
    'pipeline',
    `select concat(database, '.', name) as name from system.tables
     where concat(database, '.', name) in {tables:Array(String)} and (database, name) not in (
       select database, table from system.columns where name = '${LOAD_ID}'
     )`,
    { tables },
  );
  for (const { name } of lacking) {
    await warehouse.command('pipeline', `alter table ${name} add column ${LOAD_ID} UUID`);
  }
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
