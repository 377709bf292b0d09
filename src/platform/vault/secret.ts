/**
 * The installation's secret, from CARTOGRAPH_SECRET or DATA_DIR/secret (made on first use), and
 * the keys derived from it. Losing it means that tokens no longer match and the vault is closed.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;
const MIN_LENGTH = 32;

export async function loadSecret(given: string | undefined, dataDir: string): Promise<string> {
  if (given) return given;
  const file = join(dataDir, 'secret');
  try {
    return requireWhole((await readFile(file, 'utf8')).trim(), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dataDir, { recursive: true });
  const secret = randomBytes(KEY_BYTES).toString('hex');
  // Renamed when it is on the disk, so that a crash leaves the whole secret or none.
  await writeFile(`${file}.new`, secret, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return secret;
}

function requireWhole(secret: string, file: string): string {
  if (secret.length >= MIN_LENGTH) return secret;
  throw new Error(
    `The secret in ${file} is not whole: it has fewer than ${MIN_LENGTH} characters. ` +
      'Restore the file, or give the secret as CARTOGRAPH_SECRET. Delete the file, so that a new ' +
      'one is made, only if no data has been taken in yet.',
  );
}

/** A 256-bit key for one purpose (HKDF-SHA256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'cartograph', purpose, KEY_BYTES));
}
