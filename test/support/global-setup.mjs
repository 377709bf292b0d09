/**
 * Starts one embedded PostgreSQL for the whole test run, with a migrated template database. Jest
 * loads this file outside its transform, so it uses the built service: `npm test` builds first.
 */
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const built = new URL('../../dist/src/platform/control-db/', import.meta.url);

export default async function globalSetup() {
  if (!existsSync(new URL('control-db.js', built))) {
    throw new Error('The service is not built. Run `npm run build` first, or `npm test`.');
  }
  const { ControlDb } = await import(new URL('control-db.js', built).href);
  const { EmbeddedPostgres } = await import(new URL('embedded-postgres.js', built).href);
  const directory = mkdtempSync(join(tmpdir(), 'cartograph-test-pg-'));
  chmodSync(directory, 0o755);
  const server = await EmbeddedPostgres.start(directory);
  globalThis.testPostgres = { server, directory };
  const admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  await admin.query('create database cartograph_template');
  await admin.end();
  const url = server.url('cartograph_template');
  const template = await ControlDb.open({ databaseUrl: url, dataDir: directory });
  await template.migrate();
  await template.close();
  process.env['TEST_POSTGRES_URL'] = server.url('postgres');
}
