/**
 * Finds deleted rows: lists the keys of a table, and marks the records that stand for none of them.
 * Compared in the warehouse, a share at a time, so that memory stays flat however long the table.
 */
import { readFileSync } from 'node:fs';
import type { Warehouse } from '../../../platform/warehouse/warehouse.js';
import type { BronzeWriter } from '../../bronze.writer.js';
import { IGNORED } from '../record-sink.js';
import type { ShopDatabase, TableRead } from './postgres-reader.js';

const sql = (name: string) =>
  readFileSync(new URL(`../queries/${name}.sql`, import.meta.url), 'utf8');
const MISSING_ROWS = sql('missing_rows');
const UNSEEN_KEYS = sql('unseen_keys');

const PAGE_KEYS = 50_000;
const KEYS_PER_BUCKET = 500_000;

export interface Deletions {
  deleted: number;
  /** True if the table has rows that no record stands for. */
  isIncomplete: boolean;
}

export interface Listing {
  read: TableRead;
  source: string;
  loadId: string;
}

export interface DeletionStores {
  warehouse: Warehouse;
  bronze: BronzeWriter;
}

/** Call it after a pass, so that the keys of new rows are known. `toKey` words a key as records do. */
export async function findDeletions(
  database: ShopDatabase,
  { read, source, loadId }: Listing,
  toKey: (key: string) => string,
  { warehouse, bronze }: DeletionStores,
): Promise<Deletions> {
  const listId = `${loadId}/${read.table}`;
  try {
    const { now: listedAt } = await database.horizon();
    const keys = await listKeys(database, read, { listId, toKey }, warehouse);
    const buckets = Math.max(1, Math.ceil(keys / KEYS_PER_BUCKET));
    const found: Deletions = { deleted: 0, isIncomplete: false };
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const share = { source, prefix: toKey(''), load_id: listId, buckets, bucket };
      const missing = await warehouse.query<{ entity: string; record_id: string }>(
        'pipeline',
        MISSING_ROWS,
        { ...share, listed_at: listedAt },
      );
      await bronze.deleteRecords(missing, { source, listedAt, loadId });
      found.deleted += missing.filter(({ entity }) => entity !== IGNORED).length;
      const { unseen } = await warehouse.queryOne<{ unseen: string }>(
        'pipeline',
        UNSEEN_KEYS,
        share,
      );
      found.isIncomplete ||= unseen !== '0';
    }
    return found;
  } finally {
    // Each listing has a partition of its own.
    await warehouse.command(
      'pipeline',
      'alter table operations.source_keys drop partition {list_id:String}',
      { list_id: listId },
    );
  }
}

async function listKeys(
  database: ShopDatabase,
  read: TableRead,
  { listId, toKey }: { listId: string; toKey: (key: string) => string },
  warehouse: Warehouse,
): Promise<number> {
  let after: string | null = null;
  let count = 0;
  do {
    const page: { keys: string[]; last: string | null } = await database.readKeys(
      read,
      after,
      PAGE_KEYS,
    );
    const lines = page.keys.map((key) =>
      JSON.stringify({ load_id: listId, source_key: toKey(key) }),
    );
    if (lines.length > 0) {
      await warehouse.insertLines('operations.source_keys', ['load_id', 'source_key'], lines);
    }
    count += lines.length;
    after = page.last;
  } while (after !== null);
  return count;
}
