/**
 * Failed checks as lines of JSON in `DATA_DIR/logs/validation.log`, for who watches files. Bounded:
 * a file that has grown full is set aside at the next start, and the one before it goes.
 */
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { destination, pino, stdTimeFunctions, type Logger } from 'pino';

const MAX_BYTES = 20 * 1024 * 1024;

export function openValidationLog(dataDir: string): Logger {
  const folder = join(dataDir, 'logs');
  const path = join(folder, 'validation.log');
  mkdirSync(folder, { recursive: true });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) {
    renameSync(path, `${path}.1`);
  }
  // Opened by its first line, and each line is written before the check's verdict stands.
  const file = destination({ dest: path, append: true, sync: true });
  return pino({ base: undefined, timestamp: stdTimeFunctions.isoTime }, file);
}
