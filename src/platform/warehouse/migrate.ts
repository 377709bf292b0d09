/**
 * Numbered, roll-forward SQL migrations of the warehouse. Each file is recorded with its checksum;
 * a changed file and a schema newer than this program stop the boot. The caller holds the
 * migration lock of the control database, so two processes that start at once take turns; every
 * statement is `if not exists`, so that a file cut short by a crash is applied again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Warehouse } from './warehouse.js';

export const MIGRATIONS_DIRECTORY = fileURLToPath(
  new URL('../../../migrations/warehouse', import.meta.url),
);

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

/** Applies what is missing and returns the names of the files applied now. */
export async function migrateWarehouse(
  warehouse: Warehouse,
  directory = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  await createLedger(warehouse);
  const known = await readMigrations(directory);
  refuseTwins(known);
  const applied = await warehouse.query<Applied>(
    'pipeline',
    'select version, name, checksum from operations.schema_migrations final order by version',
  );
  refuseDifferences(known, applied);
  const pending = known.filter(({ version }) => !applied.some((done) => done.version === version));
  for (const migration of pending) await apply(warehouse, migration);
  return pending.map(({ name }) => name);
}

/** The names of the files that this program has. */
export async function knownMigrations(): Promise<string[]> {
  return (await readMigrations(MIGRATIONS_DIRECTORY)).map(({ name }) => name);
}

async function createLedger(warehouse: Warehouse): Promise<void> {
  await warehouse.command('pipeline', 'create database if not exists operations');
  await warehouse.command(
    'pipeline',
    `create table if not exists operations.schema_migrations
     (version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') default now64(3))
     engine = ReplacingMergeTree(applied_at) order by version
     settings fsync_after_insert = 1, fsync_part_directory = 1`,
  );
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const version = Number.parseInt(name, 10);
      if (!Number.isInteger(version)) throw new Error(`${name} does not start with a number.`);
      const sql = await readFile(`${directory}/${name}`, 'utf8');
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Two branches may each have taken the next number; recorded by number, one would hide the other. */
function refuseTwins(known: Migration[]): void {
  for (const [index, { version, name }] of known.entries()) {
    const twin = known.slice(index + 1).find((other) => other.version === version);
    if (twin) throw new Error(`${name} and ${twin.name} have the same number. Renumber one.`);
  }
}

function refuseDifferences(known: Migration[], applied: Applied[]): void {
  for (const done of applied) {
    const file = known.find(({ version }) => version === done.version);
    if (!file) {
      throw new Error(
        `The warehouse has the migration ${done.name}, which this version does not know. ` +
          'Start the newer version of the service again.',
      );
    }
    if (file.checksum !== done.checksum) {
      throw new Error(
        `The migration ${file.name} was changed after it had been applied. ` +
          'Restore the file and put the change into a new migration.',
      );
    }
  }
}

async function apply(warehouse: Warehouse, migration: Migration): Promise<void> {
  for (const statement of splitStatements(migration.sql)) {
    await warehouse.command('pipeline', statement);
  }
  await warehouse.command(
    'pipeline',
    `insert into operations.schema_migrations (version, name, checksum)
     values ({version:UInt32}, {name:String}, {checksum:String})`,
    { version: migration.version, name: migration.name, checksum: migration.checksum },
  );
}

/** Statements end with a semicolon at the end of a line; comment lines are dropped. */
export function splitStatements(sql: string): string[] {
  return sql
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
