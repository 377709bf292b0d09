/** Real stores for a spec, isolated per file. Each registers its own close. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ControlDb } from '../../src/platform/control-db/control-db.js';
import { migrateWarehouse } from '../../src/platform/warehouse/migrate.js';
import { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp } from './clickhouse-http/start.js';

const TEMPLATE_DATABASE = 'cartograph_template';
const WAREHOUSE_MEMORY_MB = 800;

/** What a spec opened is closed after its last test, newest first. */
const closers: (() => Promise<void>)[] = [];

export function closeAfterAll(close: () => Promise<void>): void {
  closers.push(close);
}

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A folder that is gone after the spec; open to the user postgres, as embedded stores need. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cartograph-test-'));
  chmodSync(folder, 0o755);
  closeAfterAll(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of its own, cloned from the migrated template. */
export async function createTestDatabase(): Promise<string> {
  const adminUrl = process.env['TEST_POSTGRES_URL'];
  if (!adminUrl) throw new Error('TEST_POSTGRES_URL is not set; run the specs through jest.');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(adminUrl, `create database ${name} template ${TEMPLATE_DATABASE}`);
  closeAfterAll(() => asAdmin(adminUrl, `drop database ${name} with (force)`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

export async function openTestControlDb(): Promise<ControlDb> {
  const databaseUrl = await createTestDatabase();
  const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
  closeAfterAll(() => controlDb.close());
  return controlDb;
}

export type EngineName = 'embedded' | 'url';

/** A migrated warehouse on chDB, in this process or behind its HTTP interface by URL. */
export async function openTestWarehouse(engine: EngineName = 'embedded'): Promise<Warehouse> {
  const dataDir = temporaryFolder();
  const http = engine === 'url' ? await startClickHouseHttp() : null;
  if (http) closeAfterAll(() => http.stop());
  const warehouse = await Warehouse.open({
    dataDir,
    memoryMb: WAREHOUSE_MEMORY_MB,
    ...(http ? { clickhouseUrl: http.url } : {}),
  });
  closeAfterAll(() => warehouse.close());
  await migrateWarehouse(warehouse);
  return warehouse;
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
