/** Where an uploaded file lies until it is loaded: one folder a load, in parts of one size. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rm, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../../contracts/errors.js';
import { PART_BYTES } from '../../../contracts/uploads.js';

/** 100 GB: a disk is not endless. */
export const MAX_PARTS = 12_800;

/** An upload or a failed load that nobody came back to. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

export class Spool {
  constructor(private readonly directory: string) {}

  path(loadId: string): string {
    return join(this.directory, loadId, 'data');
  }

  has(loadId: string): boolean {
    return existsSync(this.path(loadId));
  }

  /** Writes one part at its place, so that a part sent twice changes nothing. Answers the size. */
  async writePart(loadId: string, part: number, bytes: Buffer): Promise<number> {
    if (!Number.isInteger(part) || part < 0 || part >= MAX_PARTS) {
      throw new CodedError('invalid_parameter', `A part's number is from 0 to ${MAX_PARTS - 1}.`);
    }
    await mkdir(join(this.directory, loadId), { recursive: true, mode: 0o700 });
    const file = await open(this.path(loadId), existsSync(this.path(loadId)) ? 'r+' : 'w', 0o600);
    try {
      const { size } = await file.stat();
      if (size < part * PART_BYTES) {
        throw new CodedError('wrong_state', 'The parts before this one have not arrived.');
      }
      await file.write(bytes, 0, bytes.length, part * PART_BYTES);
      await file.sync();
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  }

  /** The SHA-256 of what has arrived, as hex, so that the sender can tell that it is whole. */
  async digest(loadId: string): Promise<string> {
    const hash = createHash('sha256');
    const file = await open(this.path(loadId));
    try {
      for await (const chunk of file.createReadStream({ autoClose: false })) {
        hash.update(chunk as Buffer);
      }
    } finally {
      await file.close();
    }
    return hash.digest('hex');
  }

  async remove(loadId: string): Promise<void> {
    await rm(join(this.directory, loadId), { recursive: true, force: true });
  }

  /** Removes what was left behind long ago. */
  async tidy(now: Date): Promise<void> {
    if (!existsSync(this.directory)) return;
    for (const name of await readdir(this.directory)) {
      const { mtimeMs } = await stat(join(this.directory, name));
      if (now.getTime() - mtimeMs > ABANDONED_MS) await this.remove(name);
    }
  }
}
