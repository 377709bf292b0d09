/**
 * The tape archive format (POSIX ustar), written and read as a stream: regular files only. What a
 * backup is made of can so be looked at with any tar. Only this folder imports it.
 */

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Beyond it a size no longer fits into eleven octal digits and is written in base 256. */
const OCTAL_SIZE_MAX = 8 ** 11 - 1;
const REGULAR_FILE = '0';

export interface TarEntry {
  name: string;
  size: number;
  /** Must be read to its end before the next entry is asked for. */
  content: AsyncIterable<Buffer>;
}

/** The archive ended before its end mark, or is none. */
export class BrokenArchive extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'BrokenArchive';
  }
}

/** The block before a file's bytes. Throws if the name is longer than the format allows. */
export function tarHeader(name: string, size: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const [prefix, base] = splitName(name);
  block.write(base, 0);
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size <= OCTAL_SIZE_MAX) {
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  } else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  const seconds = Math.floor(modifiedAt.getTime() / 1000);
  block.write(`${seconds.toString(8).padStart(11, '0')}\0`, 136);
  block.write(REGULAR_FILE, 156);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** What fills a file's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}

/** The files of an archive in their order. Throws {@link BrokenArchive}. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(source);
  for (;;) {
    const block = await bytes.take(BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) {
      // What follows is read to its end, since the checksum of the compression stands there.
      await bytes.drain();
      return;
    }
    const { name, size } = parseHeader(block);
    yield { name, size, content: bytes.stream(size) };
    await bytes.take(tarPadding(size).length);
  }
}

function parseHeader(block: Buffer): { name: string; size: number } {
  const told = Number.parseInt(textOf(block, 148, 8), 8);
  if (told !== checksumOf(block)) throw new BrokenArchive('A file in it has a damaged header.');
  if (textOf(block, 156, 1) !== REGULAR_FILE) {
    throw new BrokenArchive('It holds something that is not a regular file.');
  }
  const prefix = textOf(block, 345, PREFIX_BYTES);
  const base = textOf(block, 0, NAME_BYTES);
  const size =
    block[124] === 0x80
      ? Number(block.readBigUInt64BE(128))
      : Number.parseInt(textOf(block, 124, 12), 8);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new BrokenArchive('A file in it has no size.');
  }
  return { name: prefix === '' ? base : `${prefix}/${base}`, size };
}

/** The sum of the header's bytes, those of the sum itself taken as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [place, byte] of block.entries()) if (place < 148 || place >= 156) sum += byte;
  return sum;
}

function textOf(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function splitName(name: string): [prefix: string, base: string] {
  if (Buffer.byteLength(name) <= NAME_BYTES) return ['', name];
  for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
    const [prefix, base] = [name.slice(0, slash), name.slice(slash + 1)];
    const fits = Buffer.byteLength(prefix) <= PREFIX_BYTES;
    if (fits && Buffer.byteLength(base) <= NAME_BYTES) return [prefix, base];
  }
  throw new Error(`The path ${name.slice(0, 300)} is too long for the archive.`);
}

/** Takes exact numbers of bytes from a stream of pieces. */
class Bytes {
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for await (const piece of this.stream(length)) taken.push(piece);
    return Buffer.concat(taken);
  }

  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.rest.length === 0) await this.next();
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async drain(): Promise<void> {
    while (!(await this.pieces.next()).done);
  }

  private async next(): Promise<void> {
    const { done, value } = await this.pieces.next();
    if (done) throw new BrokenArchive('It is cut short.');
    this.rest = value;
  }
}
