/** Data files for specs of their readers: written into a temporary folder, read back as rows. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CodedError } from '../../src/contracts/errors.js';
import {
  checkFile,
  openRows,
  type FileInput,
  type ReadLimits,
} from '../../src/ingest/sources/files/open-rows.js';
import type { ReadRow } from '../../src/ingest/sources/rows.js';

export type Content = string | Uint8Array;

/** A temporary folder of files, removed after the tests of the spec. */
export function dataFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'cartograph-files-'));
  let written = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: Content, options: Partial<FileInput> = {}): FileInput => {
    const path = join(folder, `${(written += 1)}`);
    writeFileSync(path, content);
    return { path, name, ...options };
  };
  const gzipped = (name: string, content: Content, options: Partial<FileInput> = {}) =>
    file(name, gzipSync(content), options);
  return { folder, file, gzipped };
}

export interface Read {
  columns: readonly string[];
  rows: ReadRow[];
  batches: number[];
}

export async function readAll(
  file: FileInput,
  wanted: readonly string[] = [],
  limits: Partial<ReadLimits> = {},
): Promise<Read> {
  const { columns, batches } = await openRows(file, wanted, limits);
  const read: Read = { columns, rows: [], batches: [] };
  for await (const batch of batches) {
    read.rows.push(...batch);
    read.batches.push(batch.length);
  }
  return read;
}

/** Rows as `[line, ...cells]`, broken ones as `[line, code]`. */
export async function readPlainly(
  file: FileInput,
  wanted: readonly string[] = [],
  limits: Partial<ReadLimits> = {},
): Promise<unknown[][]> {
  const { rows } = await readAll(file, wanted, limits);
  return rows.map((row) => ('code' in row ? [row.line, row.code] : [row.line, ...row.cells]));
}

/** The detail with which a file is refused, by its check and by its reading alike. */
export async function refusal(
  file: FileInput,
  wanted: readonly string[] = [],
  limits: Partial<ReadLimits> = {},
): Promise<string> {
  const details = await Promise.all([
    detailOf(readAll(file, wanted, limits)),
    detailOf(checkFile(file, wanted, limits)),
  ]);
  if (details[0] !== details[1]) throw new Error(`Two verdicts:\n${details.join('\n')}`);
  return details[0]!;
}

async function detailOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CodedError && error.code === 'unreadable_file') return error.detail;
    throw error;
  }
  throw new Error('The file was not refused.');
}

/** How many handles this process has open on files below a folder. */
export function openHandles(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}
