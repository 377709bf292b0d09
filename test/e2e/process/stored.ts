/** What a stopped service left in its data directory, read from the engine itself. */
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';

const MEMORY_MB = 800;

/** Opens the warehouse of a directory that no service holds, for the time of `work`. */
export async function withWarehouse<T>(
  dataDir: string,
  work: (warehouse: Warehouse) => Promise<T>,
): Promise<T> {
  const warehouse = await Warehouse.open({ dataDir, memoryMb: MEMORY_MB });
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** How often each message id stands in a table. */
export async function countByMessage(dataDir: string, table: string): Promise<Map<string, number>> {
  const rows = await withWarehouse(dataDir, (warehouse) =>
    warehouse.query<{ message_id: string; n: number }>(
      'reader',
      `select message_id, toUInt32(count()) as n from ${table} group by message_id`,
    ),
  );
  return new Map(rows.map(({ message_id, n }) => [message_id, n]));
}
