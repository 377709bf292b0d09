/**
 * Reads the bytes of a file, unpacked where they are gzip. It holds one chunk at a time, and closes
 * the file when the reading ends, however it ends. Only decode.ts uses this.
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FileInput, ReadLimits } from './file-input.js';
import { unreadable } from './place.js';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** The least that zlib takes for a chunk. */
const UNPACKED_CHUNK_BYTES_MIN = 64;
const PADDING_CHUNK_BYTES = 64 * 1024;

/** The content of a file in chunks. Each call reads the file from its beginning. */
export async function* readBytes(file: FileInput, limits: ReadLimits): AsyncGenerator<Buffer> {
  const handle = await openFile(file);
  try {
    yield* (await isGzip(handle))
      ? unpacked(file, handle, limits)
      : rawBytes(handle, limits.chunkBytes);
  } finally {
    await handle.close();
  }
}

async function openFile(file: FileInput): Promise<FileHandle> {
  try {
    // A pipe would block, and could not be read a second time.
    if ((await stat(file.path)).isFile()) return await open(file.path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unreadable(file.name, null, `The file cannot be opened (${code}).`);
  }
  throw unreadable(file.name, null, 'It is not a regular file.');
}

/** A first byte alone counts as well: it is what remains of a gzip that was cut off. */
async function isGzip(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead > 0 && GZIP_MAGIC.subarray(0, bytesRead).equals(buffer.subarray(0, bytesRead));
}

async function* unpacked(
  file: FileInput,
  handle: FileHandle,
  limits: ReadLimits,
): AsyncGenerator<Buffer> {
  const { size } = await handle.stat();
  const gunzip = createGunzip({ chunkSize: Math.max(limits.chunkBytes, UNPACKED_CHUNK_BYTES_MIN) });
  // The iteration meets the error of either side, because the pipeline destroys both.
  pipeline(rawBytes(handle, limits.chunkBytes), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === 'Z_BUF_ERROR'
        ? `The gzip is cut short: it ends after ${size} bytes`
        : `The gzip is damaged, somewhere after byte ${gunzip.bytesWritten} of ${size} (${code})`;
    throw unreadable(file.name, null, `${problem}. Copy the whole file again.`);
  }
  if (!(await isPadding(handle, gunzip.bytesWritten))) {
    throw unreadable(
      file.name,
      null,
      `The gzip is damaged: after its ${gunzip.bytesWritten} bytes stands something else.`,
    );
  }
}

/** Zeros may follow a gzip. Node takes anything behind zeros for padding as well and drops it. */
async function isPadding(handle: FileHandle, from: number): Promise<boolean> {
  for await (const bytes of rawBytes(handle, PADDING_CHUNK_BYTES, from)) {
    if (bytes.some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** Not by a stream of the handle, which would close the handle with itself. */
async function* rawBytes(handle: FileHandle, chunkBytes: number, from = 0): AsyncGenerator<Buffer> {
  for (let at = from; ;) {
    const { buffer, bytesRead } = await handle.read(
      Buffer.allocUnsafe(chunkBytes),
      0,
      chunkBytes,
      at,
    );
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
