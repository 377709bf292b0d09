/**
 * Puts the rows of a backup into a fresh control database, which is first given the schema that
 * the backup was taken of, and compares every table with what the manifest says of it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { ControlDb } from '../control-db/control-db.js';
import { SAME_TEXT, summariseTable } from './control-snapshot.js';
import { UnusableBackup, type Manifest } from './manifest.js';

export async function restoreControl(
  controlDb: ControlDb,
  folder: string,
  { control, control_migrations: migrations }: Manifest,
): Promise<void> {
  await controlDb.migrate(migrations);
  const client = await controlDb.connectDirectly();
  try {
    await client.query(SAME_TEXT);
    await client.query('begin');
    // Rows come a table at a time, so that a row may come before the one it refers to.
    await client.query('set local session_replication_role = replica');
    const names = Object.keys(control.tables);
    const list = names.map((name) => client.escapeIdentifier(name)).join(', ');
    // What a migration put in stands in the backup as well.
    await client.query(`truncate ${list}`);
    for (const name of names) await fill(client, name, join(folder, name));
    for (const [sequence, value] of Object.entries(control.sequences)) {
      await client.query('select setval($1::regclass, $2)', [sequence, value]);
    }
    for (const name of names) {
      const { rows, checksum } = await summariseTable(client, name);
      const told = control.tables[name]!;
      if (rows === told.rows && checksum === told.checksum) continue;
      throw new UnusableBackup(
        `The table ${name} did not become what it was. Nothing was restored.`,
      );
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, table: string, folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  const name = client.escapeIdentifier(table);
  const { rows } = await client.query<{ column: string }>(
    `select column_name as column from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'
     order by ordinal_position`,
    [table],
  );
  const columns = rows.map(({ column }) => client.escapeIdentifier(column)).join(', ');
  for (const file of files.sort()) {
    const lines = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
    await client.query(
      `insert into ${name} (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::${name}, $1::json)`,
      [`[${lines.join(',')}]`],
    );
  }
}
