/** The partitions of a table, oldest first, with what they hold and take on the disk. */
import { readFileSync } from 'node:fs';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';

const PARTITIONS = readFileSync(new URL('queries/partitions.sql', import.meta.url), 'utf8');

export interface StoredPartition {
  /** `202611`, or `20261105` where they are days. */
  partition: string;
  rows: number;
  bytes: number;
}

export async function partitionsOf(
  warehouse: Warehouse,
  table: string,
): Promise<StoredPartition[]> {
  const [database, name] = table.split('.') as [string, string];
  const rows = await warehouse.query<Record<keyof StoredPartition, string>>('reader', PARTITIONS, {
    database,
    table: name,
  });
  return rows.map(({ partition, rows: count, bytes }) => {
    return { partition, rows: Number(count), bytes: Number(bytes) };
  });
}
