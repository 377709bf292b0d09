/**
 * Writes one backup file: a compressed tar that appears under its name only when it is whole and
 * on the disk. Keeps the SHA-256 of everything that goes in.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { MANIFEST_NAME, type BackupFile, type BackupHead, type Manifest } from './manifest.js';
import { tarEnd, tarHeader, tarPadding } from './tar.js';

const PIECE_BYTES = 1024 * 1024;

export class ArchiveWriter {
  readonly files: Record<string, BackupFile> = {};
  private failure: unknown = null;

  private constructor(
    private readonly path: string,
    private readonly gzip: Gzip,
    private readonly output: WriteStream,
    private readonly createdAt: Date,
  ) {
    for (const stream of [gzip, output]) {
      stream.on('error', (error: Error) => {
        this.failure ??= error;
        gzip.destroy();
        output.destroy();
      });
    }
  }

  /** Opens a draft beside the file. Throws the file system's error. */
  static async open(path: string, createdAt: Date): Promise<ArchiveWriter> {
    const handle = await open(draftOf(path), 'w', 0o600);
    // Most of it is compressed already; a higher level costs time and gains nothing.
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const output = createWriteStream('', { fd: handle, autoClose: true, flush: true });
    gzip.pipe(output);
    return new ArchiveWriter(path, gzip, output, createdAt);
  }

  async addBytes(name: string, bytes: Buffer): Promise<void> {
    await this.write(tarHeader(name, bytes.length, this.createdAt));
    await this.write(bytes);
    await this.write(tarPadding(bytes.length));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.files[name] = { bytes: bytes.length, sha256 };
  }

  /**
   * Adds as much of a file as it holds now, which may grow meanwhile; one that is gone is left out.
   * Answers with how many bytes it had.
   */
  async addFile(name: string, source: string): Promise<number> {
    const handle = await open(source, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!handle) return 0;
    try {
      const { size } = await handle.stat();
      await this.write(tarHeader(name, size, this.createdAt));
      const hash = createHash('sha256');
      if (size > 0) {
        const options = { fd: handle, autoClose: false, start: 0, end: size - 1 };
        for await (const piece of createReadStream('', {
          ...options,
          highWaterMark: PIECE_BYTES,
        })) {
          hash.update(piece as Buffer);
          await this.write(piece as Buffer);
        }
      }
      await this.write(tarPadding(size));
      this.files[name] = { bytes: size, sha256: hash.digest('hex') };
      return size;
    } finally {
      await handle.close();
    }
  }

  /** Puts the manifest at the end and the file in its place. */
  async finish(head: BackupHead, stores: Pick<Manifest, 'control' | 'warehouse'>): Promise<void> {
    const manifest: Manifest = { ...head, ...stores, files: { ...this.files } };
    await this.addBytes(MANIFEST_NAME, Buffer.from(JSON.stringify(manifest)));
    await this.write(tarEnd());
    this.gzip.end();
    await finished(this.output).catch((error: unknown) => {
      throw this.failure ?? error;
    });
    await rename(draftOf(this.path), this.path);
    const folder = await open(dirname(this.path), 'r');
    await folder.sync().finally(() => folder.close());
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.gzip.destroy();
    if (!this.output.closed) {
      const closed = once(this.output, 'close');
      this.output.destroy();
      await closed.catch(() => undefined);
    }
    await rm(draftOf(this.path), { force: true });
  }

  /** Also when the stream has ended early, which tells why. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.gzip.off('drain', done).off('close', done);
        resolve();
      };
      this.gzip.once('drain', done).once('close', done);
    });
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.failure) throw this.failure;
    if (bytes.length === 0 || this.gzip.write(bytes)) return;
    await this.drained();
    if (this.failure) throw this.failure;
  }
}

const draftOf = (path: string) => `${path}.part`;
