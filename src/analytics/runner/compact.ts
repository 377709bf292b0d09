/**
 * Nightly: merges what versioned models store where superseded rows stand, so that reads need
 * not. What a partition holds does not change, so nothing is published.
 */
import type { Project } from '../compiler/model.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import { isVersioned, storedTables } from './tables.js';

/** Answers how many partitions were compacted. */
export async function compactVersions(warehouse: Warehouse, project: Project): Promise<number> {
  let compacted = 0;
  for (const name of project.models.filter(isVersioned).flatMap(storedTables)) {
    const [database, table] = name.split('.');
    const partitions = await warehouse.query<{ partition_id: string }>(
      'pipeline',
      `select partition_id from system.parts
       where active and database = {database:String} and table = {table:String}
       group by partition_id having count() > 1`,
      { database: database!, table: table! },
    );
    for (const { partition_id: id } of partitions) {
      await warehouse.command('pipeline', `optimize table ${name} partition id {id:String} final`, {
        id,
      });
      compacted += 1;
    }
  }
  return compacted;
}
