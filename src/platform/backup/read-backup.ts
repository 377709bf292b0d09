/**
 * Unpacks a backup file into a folder, and answers only if every byte of it is as it was written:
 * whole, with the SHA-256 of each file that its manifest names.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import {
  FOLDERS,
  HEAD_NAME,
  MANIFEST_NAME,
  requireKnown,
  SECRET_NAME,
  UnusableBackup,
  type BackupFile,
  type BackupHead,
  type Manifest,
} from './manifest.js';
import { BrokenArchive, readTar, type TarEntry } from './tar.js';

const SINGLE_FILES: readonly string[] = [HEAD_NAME, MANIFEST_NAME, SECRET_NAME];

/** Unpacks below `folder`. Throws {@link UnusableBackup}, or the file system's error. */
export async function readBackup(
  file: string,
  folder: string,
  known: Parameters<typeof requireKnown>[1],
): Promise<Manifest> {
  const found = new Map<string, BackupFile>();
  const input = createReadStream(file);
  const gunzip = createGunzip();
  input.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const entry of readTar(input.pipe(gunzip))) {
      requirePlace(entry.name, found);
      found.set(entry.name, await unpack(entry, join(folder, entry.name)));
      if (found.size === 1) requireKnown(await readHead(folder), known);
    }
  } catch (error) {
    throw isDamage(error) ? damaged(file, (error as Error).message, error) : error;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  if (!found.has(MANIFEST_NAME)) throw damaged(file, 'It has no manifest.');
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST_NAME), 'utf8')) as Manifest;
  compare(file, manifest, found);
  return manifest;
}

async function readHead(folder: string): Promise<BackupHead> {
  return JSON.parse(await readFile(join(folder, HEAD_NAME), 'utf8')) as BackupHead;
}

/** A path that leads anywhere but below its folder would write over what is not ours. */
function requirePlace(name: string, found: ReadonlyMap<string, BackupFile>): void {
  if (found.size === 0 && name !== HEAD_NAME) {
    throw new BrokenArchive('It is no backup of Cartograph.');
  }
  const steps = name.split('/');
  const isBelow = steps.every((step) => step !== '' && step !== '.' && step !== '..');
  const isKnown =
    SINGLE_FILES.includes(name) ||
    (steps.length > 1 && Object.values(FOLDERS).some((folder) => folder === steps[0]));
  if (!isBelow || !isKnown || name.includes('\\') || found.has(name)) {
    throw new BrokenArchive('It holds a file at a place where none belongs.');
  }
}

async function unpack(entry: TarEntry, path: string): Promise<BackupFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const hash = createHash('sha256');
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const piece of entry.content) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  return { bytes: entry.size, sha256: hash.digest('hex') };
}

function compare(file: string, manifest: Manifest, found: ReadonlyMap<string, BackupFile>): void {
  const told = Object.entries(manifest.files);
  for (const [name, { bytes, sha256 }] of told) {
    const entry = found.get(name);
    if (entry?.bytes === bytes && entry.sha256 === sha256) continue;
    throw damaged(file, `${name} is not as it was written.`);
  }
  // The manifest does not name itself.
  if (found.size !== told.length + 1) throw damaged(file, 'It holds files that it does not name.');
}

function isDamage(error: unknown): boolean {
  if (error instanceof BrokenArchive || error instanceof SyntaxError) return true;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /^Z_/.test(code);
}

function damaged(file: string, reason: string, cause?: unknown): UnusableBackup {
  return new UnusableBackup(
    `The backup ${file} is damaged or cut short: ${reason} Nothing was restored. ` +
      'Copy it again from where it was made, or use another backup.',
    { cause },
  );
}
