/**
 * Reads a file as text, in the encoding that its mark or its mapping names, else UTF-8. It tells
 * other kinds of files by their first bytes. The readers of the formats stand on this.
 */
import { readBytes } from './bytes.js';
import { canonicalEncoding, decoderFor, findMark, Undecodable, type Decoder } from './encoding.js';
import type { FileInput, ReadLimits } from './file-input.js';
import { Position, unreadable } from './place.js';

/** Enough to know a byte order mark and what other kinds of files begin with. */
const HEAD_BYTES = 6;
const SAMPLE_CHARACTERS = 64 * 1024;
const EMPTY = Buffer.alloc(0);

const HINT_ENCODING =
  'Name the encoding of the file in the mapping, for example `file: { encoding: windows-1252 }`.';

/** What people load by mistake, by its first bytes. */
const OTHER_KINDS: readonly { magic: Buffer; kind: string }[] = [
  { magic: Buffer.from('PK\x03\x04', 'latin1'), kind: 'a zip archive or a spreadsheet' },
  { magic: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), kind: 'an old spreadsheet' },
  { magic: Buffer.from('PAR1'), kind: 'a parquet file' },
  { magic: Buffer.from('%PDF-'), kind: 'a PDF' },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), kind: 'packed with zstd' },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), kind: 'packed with xz' },
  { magic: Buffer.from('BZh'), kind: 'packed with bzip2' },
];

/** The text of a file in pieces. Each call reads the file from its beginning. */
export async function* readText(file: FileInput, limits: ReadLimits): AsyncGenerator<string> {
  let position = new Position();
  let decoder: Decoder | null = null;
  let encoding = 'UTF-8';
  try {
    for await (const bytes of withWholeHead(readBytes(file, limits))) {
      let content = bytes;
      if (!decoder) {
        const mark = findMark(bytes);
        encoding = encodingOf(file, bytes);
        decoder = decoderFor(encoding);
        content = bytes.subarray(mark?.bytes.length ?? 0);
      }
      const text = decoder.decode(content);
      if (text !== '') yield text;
      position = position.after(text);
    }
    decoder?.end();
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    throw unreadable(
      file.name,
      position.after(error.before),
      `Here stands a byte that is not ${encoding.toUpperCase()}. ${HINT_ENCODING}`,
    );
  }
}

/** The beginning of a file, for telling what it is. An empty file is an error. */
export async function sampleText(file: FileInput, limits: ReadLimits): Promise<string> {
  let sample = '';
  for await (const text of readText(file, limits)) {
    sample += text;
    if (sample.length >= SAMPLE_CHARACTERS) break;
  }
  if (sample.trim() === '' && sample.length < SAMPLE_CHARACTERS) {
    throw unreadable(file.name, null, 'The file is empty.');
  }
  return sample;
}

function encodingOf(file: FileInput, head: Buffer): string {
  const mark = findMark(head);
  if (mark) return mark.encoding;
  if (file.encoding !== undefined) {
    const encoding = canonicalEncoding(file.encoding);
    if (encoding) return encoding;
    throw unreadable(file.name, null, `The encoding of the mapping is not known. ${HINT_ENCODING}`);
  }
  const other = OTHER_KINDS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (other) {
    throw unreadable(
      file.name,
      null,
      `It is ${other.kind}. Load CSV, NDJSON or JSON, or gzip of it.`,
    );
  }
  const zero = head.indexOf(0);
  if (zero !== -1) {
    throw unreadable(
      file.name,
      new Position().after(head.toString('latin1', 0, zero)),
      'Here stands a zero byte, as in UTF-16 without a mark or in a file that is not text. ' +
        'If it is UTF-16, say so in the mapping: `file: { encoding: utf-16le }`.',
    );
  }
  return 'utf-8';
}

/** Joins the first chunks until they hold the bytes that tell what a file is. */
async function* withWholeHead(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | null = EMPTY;
  for await (const chunk of chunks) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    yield head;
    head = null;
  }
  if (head && head.length > 0) yield head;
}
