/** What a spec needs beyond npm packages: found, or skipped in words; REQUIRE_ALL=1 forbids it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program, or null if it is nowhere on the PATH. */
export function findProgram(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/**
 * Answers whether a spec may run, and prints why it does not. With REQUIRE_ALL=1 what is missing
 * is a failure, so that CI cannot lose a tier unseen.
 */
export function requireOrSkip(name: string, available: boolean, reason: string): boolean {
  if (available) return true;
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(`${name}: ${reason}`);
  process.stderr.write(`SKIPPED ${name}: ${reason}\n`);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
