/**
 * What a new leader does before its first task: drops the stages of older epochs, closes what a
 * dead leader left open, and brings the tables in line with the models. A model whose definition
 * changed is made anew and computed again from what stands upstream; bronze keeps everything.
 */
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Project } from '../compiler/model.js';
import type { PipelineState } from './pipeline-state.js';
import type { PublishLog } from './publish-log.js';
import { createStatements, dropStatements } from './tables.js';

export interface Preparation {
  project: Project;
  warehouse: Warehouse;
  state: PipelineState;
  log: PublishLog;
  logger: Logger;
}

export async function prepare(preparation: Preparation): Promise<void> {
  await dropStages(preparation.warehouse);
  await preparation.log.recover();
  await preparation.state.closeOrphanedRuns();
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
  for (const model of project.models) {
    const known = await state.definitionHash(model.name);
    if (known !== model.hash) {
      if (known !== null) logger.warn({ model: model.name }, 'The model changed and is made anew.');
      for (const statement of dropStatements(model)) await warehouse.command('pipeline', statement);
      await log.forget(model.name);
      await state.reset(model.name, model.hash);
    }
    for (const statement of createStatements(model)) await warehouse.command('pipeline', statement);
  }
}
