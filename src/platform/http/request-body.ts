/**
 * From the bytes of a request to its value: bounded inflation, then JSON, or text where the route
 * reads lines. Pure but for zlib; knows no route.
 */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { CodedError } from '../../contracts/errors.js';

/** How large a body may become when it is inflated, by what it may be as sent. */
export const INFLATION_MAX = 8;

/** Small bodies are inflated in place: a turn in the thread pool costs more than they do. */
const IN_PLACE_BYTES = 32 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

const gunzipInPool = promisify(gunzip);

/**
 * Gzip is told by its first bytes, with which no JSON begins: some SDKs name no encoding, some
 * proxies inflate and leave the name. Throws `request_too_large` before more than `maxBytes` are
 * made, `malformed_body` for gzip that is damaged.
 */
export async function inflate(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (!GZIP_MAGIC.every((byte, index) => body[index] === byte)) return body;
  const options = { maxOutputLength: maxBytes };
  try {
    if (body.length <= IN_PLACE_BYTES) return gunzipSync(body, options);
    return await gunzipInPool(body, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CodedError('request_too_large', 'The body is too large when it is inflated.');
    }
    throw new CodedError('malformed_body', 'The gzip body is damaged or cut off.');
  }
}
