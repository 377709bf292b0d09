/**
 * From the bytes of a request to its value: bounded inflation, then JSON, or text where the route
 * reads lines. Pure but for zlib; knows no route.
 */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { CodedError } from '../../contracts/errors.js';

/** How large a body may become when it is inflated, by what it may be as sent. */
export const INFLATION_MAX = 8;

/** What stays small is inflated in place: a turn in the thread pool costs more than it does. */
const IN_PLACE_BYTES = 256 * 1024;
/** Bodies inflated at a time: what waits is small, what is inflated may not be. */
const INFLATIONS_MAX = 4;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

const gunzipInPool = promisify(gunzip);

/**
 * Gzip is told by its first bytes, with which no JSON begins: some SDKs name no encoding, some
 * proxies inflate and leave the name. Throws `request_too_large` before more than `maxBytes` are
 * made, `malformed_body` for gzip that is damaged.
 */
export async function inflate(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (!GZIP_MAGIC.every((byte, index) => body[index] === byte)) return body;
  try {
    return inflateInPlace(body, maxBytes) ?? (await inTurn(() => inflateInPool(body, maxBytes)));
  } catch (error) {
    if (isTooLarge(error)) {
      throw new CodedError('request_too_large', 'The body is too large when it is inflated.');
    }
    throw new CodedError('malformed_body', 'The gzip body is damaged or cut off.');
  }
}

const isTooLarge = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';

const inflateInPool = (body: Buffer, maxBytes: number) =>
  gunzipInPool(body, { maxOutputLength: maxBytes });

/** Null if it turns out larger than its last member says, or says that it is large. */
function inflateInPlace(body: Buffer, maxBytes: number): Buffer | null {
  if (toldBytes(body) > IN_PLACE_BYTES) return null;
  try {
    return gunzipSync(body, { maxOutputLength: Math.min(IN_PLACE_BYTES, maxBytes) });
  } catch (error) {
    if (isTooLarge(error) && maxBytes > IN_PLACE_BYTES) return null;
    throw error;
  }
}

/** What the last member of a gzip says of its size. */
function toldBytes(body: Buffer): number {
  return body.length < 4 ? 0 : body.readUInt32LE(body.length - 4);
}

const waiting: (() => void)[] = [];
let inflations = 0;

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (inflations >= INFLATIONS_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  inflations += 1;
  try {
    return await work();
  } finally {
    inflations -= 1;
    waiting.shift()?.();
  }
}
