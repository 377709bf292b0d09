/**
 * The embedded warehouse at one instant: FREEZE links a table's parts, which are never changed,
 * into a folder of their own in milliseconds; they are copied from there while inserts and merges
 * go on. The definitions are small and read at once.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Warehouse } from '../warehouse/warehouse.js';

/** Made anew by whoever leads, or the engine's own. */
const LEFT_OUT = ['stage', 'system', 'information_schema', 'INFORMATION_SCHEMA', 'default'];

/**
 * What says of another table's rows that they stand is frozen before them, so that it never says
 * so of rows that the backup lacks.
 */
const FROZEN_FIRST = ['bronze.replays', 'bronze.reads'];

/** Of the folder of links; one backup is taken at a time. */
const NAME = 'backup';

interface Table {
  name: string;
  engine: string;
  /** Where its parts stand, below the warehouse's folder; empty for a view. */
  place: string;
  metadata: string;
}

export interface FrozenFile {
  /** Below the warehouse's folder, as it stands when restored. */
  path: string;
  source: string;
  bytes: number;
}

export interface FrozenTable {
  name: string;
  rows: number;
  parts: number;
  files: FrozenFile[];
}

export class FrozenWarehouse {
  private constructor(
    private readonly shadow: string,
    private readonly tables: Table[],
    /** Definitions by path below the warehouse's folder. */
    readonly definitions: ReadonlyMap<string, Buffer>,
    readonly migrations: string[],
  ) {}

  /** Removes what a backup that was killed left, which would hold rows that are long gone. */
  static async clear(directory: string): Promise<string> {
    const shadow = join(directory, 'shadow', NAME);
    await rm(shadow, { recursive: true, force: true });
    return shadow;
  }

  /** The caller sees to it that no model is published meanwhile. */
  static async freeze(warehouse: Warehouse, directory: string): Promise<FrozenWarehouse> {
    const shadow = await FrozenWarehouse.clear(directory);
    const tables = await listTables(warehouse, directory);
    const migrations = await warehouse.query<{ name: string }>(
      'pipeline',
      'select name from operations.schema_migrations final order by version',
    );
    for (const { name: table, place } of tables) {
      if (place === '') continue;
      await warehouse.command('pipeline', `alter table ${table} freeze with name '${NAME}'`);
    }
    const definitions = await readDefinitions(warehouse, directory, tables);
    const names = migrations.map((migration) => migration.name);
    return new FrozenWarehouse(shadow, tables, definitions, names);
  }

  /** Every table with its files. */
  async *frozenTables(): AsyncGenerator<FrozenTable> {
    for (const { name, place } of this.tables) {
      if (place === '') continue;
      const frozen = join(this.shadow, place);
      const parts = await namesIn(frozen);
      const files: FrozenFile[] = [];
      let rows = 0;
      for (const part of parts) {
        rows += Number(await readFile(join(frozen, part, 'count.txt'), 'utf8'));
        for (const path of await filesBelow(join(frozen, part))) {
          const source = join(frozen, part, path);
          const { size: bytes } = await stat(source);
          files.push({ path: `${place}/${part}/${path}`, source, bytes });
        }
      }
      yield { name, rows, parts: parts.length, files };
    }
  }

  /** Removes the links; the rows themselves stand where they stood. */
  async release(): Promise<void> {
    await rm(this.shadow, { recursive: true, force: true });
  }
}

async function listTables(warehouse: Warehouse, directory: string): Promise<Table[]> {
  const tables = await warehouse.query<Table & { paths: string[] }>(
    'pipeline',
    `select database || '.' || name as name, engine, data_paths as paths, metadata_path as metadata
     from system.tables
     where database not in {left_out:Array(String)} and not is_temporary
     order by name not in {first:Array(String)}, name`,
    { left_out: LEFT_OUT, first: FROZEN_FIRST },
  );
  return tables.map(({ name, engine, metadata, paths }) => {
    const place = engine.endsWith('MergeTree') ? paths[0]!.replace(/\/$/, '') : '';
    return { name, engine, metadata, place: place === '' ? '' : place.slice(directory.length + 1) };
  });
}

/** What the engine reads at its start: databases, tables and views, and changes under way. */
async function readDefinitions(
  warehouse: Warehouse,
  directory: string,
  tables: Table[],
): Promise<Map<string, Buffer>> {
  const databases = await warehouse.query<{ name: string }>(
    'pipeline',
    `select name from system.databases where engine = 'Atomic'`,
  );
  const paths = databases.map(({ name }) => `metadata/${name}.sql`);
  for (const { metadata, place } of tables) {
    paths.push(metadata);
    if (place === '') continue;
    const kept = (await namesIn(join(directory, place))).filter(
      (name) => name === 'format_version.txt' || /^mutation_\d+\.txt$/.test(name),
    );
    paths.push(...kept.map((name) => `${place}/${name}`));
  }
  const definitions = new Map<string, Buffer>();
  for (const path of paths) {
    const bytes = await readFile(join(directory, path)).catch(() => null);
    // The engine keeps no file for its own database until something stands in it.
    if (bytes) definitions.set(path, bytes);
    else if (!path.startsWith('metadata/default')) throw new Error(`${path} is missing.`);
  }
  return definitions;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Files below a folder, by path from it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) found.push(entry.name);
    else if (entry.isDirectory()) {
      const below = await filesBelow(join(folder, entry.name));
      found.push(...below.map((path) => `${entry.name}/${path}`));
    }
  }
  return found.sort();
}
