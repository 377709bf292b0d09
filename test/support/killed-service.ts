/** A child process that runs the built service's code and is killed in the middle of its life. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const ROOT = new URL('../../', import.meta.url);

/** The address of a built file of `src`, for an import in a child process. */
export function builtFile(path: string): string {
  return new URL(`dist/src/${path}`, ROOT).href;
}

/**
 * Runs a script, whose last argument is `dataDir`, until it prints a line, and then ends it as
 * `kill -9` does. Rejects if the script ends by itself.
 */
export async function runUntilReadyThenKill(script: string, dataDir: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', `${script}\nsetInterval(() => 0, 60_000);`, '--', dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: ROOT },
  );
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), exited.then(() => null)]);
  child.kill('SIGKILL');
  await exited;
  if (first === null) throw new Error('The service ended before it was killed.');
}
