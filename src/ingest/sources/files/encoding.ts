/**
 * Turns bytes into text, strictly: a byte that the encoding does not know is an error, because a
 * replacement character would be loaded as if it were data. Only decode.ts uses this.
 */
import { isUtf8 } from 'node:buffer';

/** Thrown at a byte that is none of the encoding; `before` is the chunk's text up to it. */
export class Undecodable extends Error {
  constructor(readonly before: string) {
    super('The bytes are not of the encoding.');
  }
}

export interface Decoder {
  decode(bytes: Buffer): string;
  /** What was held back for its continuation, which did not come. */
  end(): string;
}

const EMPTY = Buffer.alloc(0);
const REPLACEMENT = '\uFFFD';
const HIGH_SURROGATES = [0xd8, 0xdb] as const;
const UTF8_CONTINUATIONS_MAX = 3;

const MARKS: readonly { bytes: Buffer; encoding: string }[] = [
  { bytes: Buffer.from([0xef, 0xbb, 0xbf]), encoding: 'utf-8' },
  { bytes: Buffer.from([0xff, 0xfe]), encoding: 'utf-16le' },
  { bytes: Buffer.from([0xfe, 0xff]), encoding: 'utf-16be' },
];

/** The byte order mark at the head of a file, as browsers know them. */
export function findMark(head: Buffer): { bytes: Buffer; encoding: string } | null {
  return MARKS.find(({ bytes }) => head.subarray(0, bytes.length).equals(bytes)) ?? null;
}

/** The standard's name for a label, or null for a label that it does not know. */
export function canonicalEncoding(label: string): string | null {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

export function decoderFor(encoding: string): Decoder {
  if (encoding === 'utf-8') return new WholeCharacters(wholeUtf8Bytes, decodeUtf8);
  if (encoding === 'utf-16le') return new WholeCharacters(wholeUtf16Bytes(1), decodeUtf16);
  if (encoding === 'utf-16be') {
    return new WholeCharacters(wholeUtf16Bytes(0), (bytes) =>
      decodeUtf16(Buffer.from(bytes).swap16()),
    );
  }
  return new LegacyDecoder(encoding);
}

/** Holds a character that a chunk cuts in two back for the next chunk. */
class WholeCharacters implements Decoder {
  private rest: Buffer = EMPTY;

  constructor(
    private readonly wholeBytes: (bytes: Buffer) => number,
    private readonly decodeWhole: (bytes: Buffer) => string,
  ) {}

  decode(bytes: Buffer): string {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const whole = this.wholeBytes(all);
    this.rest = all.subarray(whole);
    return this.decodeWhole(all.subarray(0, whole));
  }

  end(): string {
    if (this.rest.length > 0) throw new Undecodable('');
    return '';
  }
}

/**
 * The single-byte and East Asian encodings. They have no bytes for the replacement character, so
 * that its presence says where the decoder failed. It is always asked to stream: only that way
 * does Node 20 decode windows-1252 as it should (0x80 is the euro sign).
 */
class LegacyDecoder implements Decoder {
  private readonly decoder: InstanceType<typeof TextDecoder>;

  constructor(encoding: string) {
    this.decoder = new TextDecoder(encoding);
  }

  decode(bytes: Buffer): string {
    return withoutReplacements(this.decoder.decode(bytes, { stream: true }));
  }

  end(): string {
    return withoutReplacements(this.decoder.decode(EMPTY));
  }
}

function withoutReplacements(text: string): string {
  const at = text.indexOf(REPLACEMENT);
  if (at !== -1) throw new Undecodable(text.slice(0, at));
  return text;
}

function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let sound = 0;
  let unsound = bytes.length;
  while (unsound - sound > 1) {
    const middle = (sound + unsound) >>> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, wholeUtf8Bytes(prefix)))) sound = middle;
    else unsound = middle;
  }
  const prefix = bytes.subarray(0, sound);
  throw new Undecodable(prefix.toString('utf8', 0, wholeUtf8Bytes(prefix)));
}

/** How many bytes remain when a character that is cut off at the end is left out. */
function wholeUtf8Bytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(UTF8_CONTINUATIONS_MAX, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function decodeUtf16(bytes: Buffer): string {
  const text = bytes.toString('utf16le');
  if (text.isWellFormed()) return text;
  const mended = text.toWellFormed();
  let at = 0;
  while (text[at] === mended[at]) at += 1;
  throw new Undecodable(text.slice(0, at));
}

/** A pair of surrogates is one character; `highByteAt` is where a unit keeps its high byte. */
function wholeUtf16Bytes(highByteAt: 0 | 1): (bytes: Buffer) => number {
  return (bytes) => {
    const units = bytes.length - (bytes.length % 2);
    const high = bytes[units - 2 + highByteAt];
    const [first, last] = HIGH_SURROGATES;
    return high !== undefined && high >= first && high <= last ? units - 2 : units;
  };
}
