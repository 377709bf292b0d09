/**
 * Takes a backup of the embedded stores into one file while they serve. The order of the three
 * instants is what makes it consistent: the control database before the warehouse, since
 * checkpoints follow what is durable; the vault after it, since the vault is written before what
 * names its tokens; all of them while no model is published.
 */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ControlDb } from '../control-db/control-db.js';
import type { Warehouse } from '../warehouse/warehouse.js';
import { ArchiveWriter } from './archive-writer.js';
import { ControlSnapshot } from './control-snapshot.js';
import { filesBelow, FrozenWarehouse, type FrozenTable } from './frozen-warehouse.js';
import {
  BACKUP_FORMAT,
  FOLDERS,
  HEAD_NAME,
  SECRET_NAME,
  type BackupHead,
  type Manifest,
} from './manifest.js';

const VAULT = 'pii_vault';
const CHUNK_BYTES = 1024 * 1024;
export const BACKUPS_FOLDER = 'backups';

/** Of DATA_DIR, what is not copied as files: stores, claims, passwords, backups themselves. */
const NOT_COPIED = /^(postgres|warehouse|secret|service\.|backups$)/;

export interface BackupSources {
  controlDb: ControlDb;
  warehouse: Warehouse;
  dataDir: string;
  /** Goes into the file only if given. */
  secret?: string;
}

export interface BackupProgress {
  bytesTotal: number;
  bytesDone: number;
  /** How long no model could be published. */
  heldMs: number;
}

export interface BackupTask {
  path: string;
  createdAt: Date;
  /** Runs its work while no model is published. */
  betweenRuns: <T>(work: () => Promise<T>) => Promise<T>;
  tell: (progress: BackupProgress) => void;
  /** Throws when the backup is to stop. */
  check: () => void;
}

/** The three instants. */
interface Instants {
  control: ControlSnapshot;
  frozen: FrozenWarehouse;
  vault: ControlSnapshot;
}

/** Leaves the whole file or nothing. Answers with its manifest. */
export async function takeBackup(
  sources: BackupSources,
  task: BackupTask,
): Promise<Pick<Manifest, 'control' | 'warehouse'>> {
  const writer = await ArchiveWriter.open(task.path, task.createdAt);
  let instants: Instants | null = null;
  try {
    let heldMs = 0;
    instants = await task.betweenRuns(async () => {
      const startedAt = performance.now();
      const taken = await takeInstants(sources);
      heldMs = Math.round(performance.now() - startedAt);
      return taken;
    });
    return await new Copy(sources, task, writer, instants, heldMs).all();
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    if (instants) await release(instants);
  }
}

async function takeInstants({ controlDb, warehouse, dataDir }: BackupSources): Promise<Instants> {
  const control = await ControlSnapshot.open(controlDb);
  let frozen: FrozenWarehouse | null = null;
  try {
    frozen = await FrozenWarehouse.freeze(warehouse, resolve(dataDir, 'warehouse'));
    return { control, frozen, vault: await ControlSnapshot.open(controlDb) };
  } catch (error) {
    await control.close();
    await frozen?.release();
    throw error;
  }
}

async function release({ control, frozen, vault }: Instants): Promise<void> {
  await Promise.all([control.close(), vault.close(), frozen.release()]);
}

/** Copies what the instants hold into the archive. */
class Copy {
  private readonly progress: BackupProgress;

  constructor(
    private readonly sources: BackupSources,
    private readonly task: BackupTask,
    private readonly writer: ArchiveWriter,
    private readonly instants: Instants,
    heldMs: number,
  ) {
    this.progress = { bytesTotal: 0, bytesDone: 0, heldMs };
  }

  async all(): Promise<Pick<Manifest, 'control' | 'warehouse'>> {
    const { control, frozen } = this.instants;
    const head: BackupHead = {
      format: BACKUP_FORMAT,
      created_at: this.task.createdAt.toISOString(),
      has_secret: this.sources.secret !== undefined,
      control_migrations: await control.migrations(),
      warehouse_migrations: frozen.migrations,
    };
    await this.writer.addBytes(HEAD_NAME, Buffer.from(`${JSON.stringify(head, null, 2)}\n`));
    if (this.sources.secret !== undefined) {
      await this.writer.addBytes(SECRET_NAME, Buffer.from(this.sources.secret));
    }
    const tables: FrozenTable[] = [];
    for await (const table of frozen.frozenTables()) tables.push(table);
    const others = await this.otherFiles();
    const sizes = [...tables.flatMap(({ files }) => files), ...others].map(({ bytes }) => bytes);
    this.progress.bytesTotal = sizes.reduce((sum, bytes) => sum + bytes, 0);
    for (const { path, source } of others) await this.file(`${FOLDERS.files}/${path}`, source);
    const stores = { control: await this.controlTables(), warehouse: await this.tables(tables) };
    await this.writer.finish(head, stores);
    return stores;
  }

  private async controlTables(): Promise<Manifest['control']> {
    const { control, vault } = this.instants;
    const found: Manifest['control']['tables'] = {};
    for (const table of await control.tables()) {
      const snapshot = table === VAULT ? vault : control;
      found[table] = await snapshot.summary(table);
      await this.rows(table, snapshot);
    }
    return { tables: found, sequences: await control.sequences() };
  }

  /** In files of about a megabyte, since a file's size stands before its bytes. */
  private async rows(table: string, snapshot: ControlSnapshot): Promise<void> {
    let chunk: Buffer[] = [];
    let bytes = 0;
    let count = 0;
    const flush = async () => {
      if (bytes === 0) return;
      const number = String((count += 1)).padStart(6, '0');
      await this.writer.addBytes(
        `${FOLDERS.control}/${table}/${number}.ndjson`,
        Buffer.concat(chunk),
      );
      [chunk, bytes] = [[], 0];
    };
    for await (const page of snapshot.pages(table)) {
      const lines = Buffer.from(page.map((line) => `${line}\n`).join(''));
      chunk.push(lines);
      bytes += lines.length;
      this.task.check();
      if (bytes >= CHUNK_BYTES) await flush();
    }
    await flush();
  }

  private async tables(tables: FrozenTable[]): Promise<Manifest['warehouse']> {
    for (const [path, bytes] of this.instants.frozen.definitions) {
      await this.writer.addBytes(`${FOLDERS.warehouse}/${path}`, bytes);
    }
    const found: Manifest['warehouse']['tables'] = {};
    for (const { name, rows, parts, files } of tables) {
      const sum = createHash('sha256');
      let total = 0;
      for (const { path, source, bytes } of files) {
        await this.file(`${FOLDERS.warehouse}/${path}`, source);
        sum.update(`${path} ${this.writer.files[`${FOLDERS.warehouse}/${path}`]!.sha256}\n`);
        total += bytes;
      }
      found[name] = { rows, parts, bytes: total, checksum: sum.digest('hex') };
    }
    return { tables: found };
  }

  private async file(name: string, source: string): Promise<void> {
    this.task.check();
    this.progress.bytesDone += await this.writer.addFile(name, source);
    this.task.tell(this.progress);
  }

  /** What else stands in DATA_DIR: uploads under way, the lake, reports. */
  private async otherFiles(): Promise<{ path: string; source: string; bytes: number }[]> {
    const directory = resolve(this.sources.dataDir);
    const found = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (NOT_COPIED.test(entry.name)) continue;
      const source = join(directory, entry.name);
      const below = entry.isDirectory() ? await filesBelow(source).catch(() => []) : [];
      const paths = entry.isFile() ? [entry.name] : below.map((path) => `${entry.name}/${path}`);
      for (const path of paths) {
        const file = join(directory, path);
        if (file.startsWith(resolve(this.task.path))) continue;
        const info = await stat(file).catch(() => null);
        if (info) found.push({ path, source: file, bytes: info.size });
      }
    }
    return found;
  }
}
