/**
 * Restores a backup into a data directory that does not exist yet. All is made and compared in a
 * folder beside it, which takes the directory's name at the very end: a restore that is killed
 * leaves nothing in its place, and the next one begins anew.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ControlDb } from '../control-db/control-db.js';
import { claimDataDir } from '../data-dir.js';
import { knownMigrations } from '../warehouse/migrate.js';
import { Warehouse } from '../warehouse/warehouse.js';
import { FOLDERS, SECRET_NAME, UnusableBackup, type Manifest } from './manifest.js';
import { readBackup } from './read-backup.js';
import { restoreControl } from './restore-control.js';

/** What a claim is made of; everything else in a draft is another restore's remains. */
const CLAIM = /^service\.lock/;
const DRAFT_OF_BACKUP = 'unpacked';

/** Throws {@link UnusableBackup}, or an error that says what is in the way. */
export async function restoreBackup(
  file: string,
  dataDir: string,
  memoryMb: number,
): Promise<Manifest> {
  const directory = resolve(dataDir);
  await requireEmpty(directory);
  const draft = join(dirname(directory), `${basename(directory)}.restoring`);
  const release = claimDataDir(draft);
  let manifest: Manifest;
  try {
    await clear(draft);
    manifest = await fillDraft(file, draft, memoryMb);
  } catch (error) {
    release();
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  release();
  await takePlace(draft, directory);
  return manifest;
}

async function requireEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${directory} is in the way (${error.code}). Choose another --data-dir.`);
  });
  if (entries.length === 0) return;
  throw new Error(
    `The data directory ${directory} exists and is not empty; a restore never writes over data. ` +
      'Choose another with --data-dir or DATA_DIR, or move this one away.',
  );
}

async function clear(draft: string): Promise<void> {
  for (const name of await readdir(draft)) {
    if (!CLAIM.test(name)) await rm(join(draft, name), { recursive: true, force: true });
  }
}

async function fillDraft(file: string, draft: string, memoryMb: number): Promise<Manifest> {
  const unpacked = join(draft, DRAFT_OF_BACKUP);
  await mkdir(unpacked);
  const known = { control: ControlDb.knownMigrations(), warehouse: await knownMigrations() };
  const manifest = await readBackup(file, unpacked, known);
  await rename(join(unpacked, FOLDERS.warehouse), join(draft, 'warehouse'));
  for (const name of await readdir(join(unpacked, FOLDERS.files)).catch(() => [])) {
    await rename(join(unpacked, FOLDERS.files, name), join(draft, name));
  }
  if (manifest.has_secret) await rename(join(unpacked, SECRET_NAME), join(draft, 'secret'));
  const controlDb = await ControlDb.open({ dataDir: draft });
  try {
    await restoreControl(controlDb, join(unpacked, FOLDERS.control), manifest);
  } finally {
    await controlDb.close();
  }
  await compareWarehouse(draft, manifest, memoryMb);
  await rm(unpacked, { recursive: true });
  return manifest;
}

/** The engine itself must find in the parts as many rows as there were. */
async function compareWarehouse(
  draft: string,
  { files, warehouse: { tables } }: Manifest,
  memoryMb: number,
): Promise<void> {
  const counts = Object.keys(files).filter((name) => name.endsWith('/count.txt'));
  const parts = new Set(counts.map((name) => join(draft, dirname(name))));
  const warehouse = await Warehouse.open({ dataDir: draft, memoryMb });
  try {
    for (const [name, { rows }] of Object.entries(tables)) {
      const [database, table] = name.split('.') as [string, string];
      // With those that a merge has replaced since the engine was opened; it lists them a while.
      const standing = await warehouse.query<{ path: string; rows: string }>(
        'pipeline',
        `select path, rows from system.parts
         where database = {database:String} and table = {table:String}`,
        { database, table },
      );
      const found = standing.filter(({ path }) => parts.has(path.replace(/\/$/, '')));
      const count = found.reduce((sum, part) => sum + Number(part.rows), 0);
      if (count === rows) continue;
      throw new UnusableBackup(
        `The engine finds ${count} of ${rows} rows in ${name}. Nothing was restored.`,
      );
    }
  } finally {
    await warehouse.close();
  }
}

async function takePlace(draft: string, directory: string): Promise<void> {
  try {
    await rename(draft, directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await rm(draft, { recursive: true, force: true });
    throw new Error(
      `What was restored cannot take the place of ${directory} (${code}). Where it is a mounted ` +
        'volume, restore into a folder inside it and give that folder as DATA_DIR.',
      { cause: error },
    );
  }
}
