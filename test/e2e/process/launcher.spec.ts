/** The launcher's one trick: the thread pool is as large as it says before its first use. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../support/stores.js';

const LAUNCHER = fileURLToPath(new URL('../../../bin/cartograph.cjs', import.meta.url));

/** Prints the process's threads at its end; the pool has started all of its own by then. */
const PROBE = `
  process.once('exit', () => {
    process.stderr.write(String(require('node:fs').readdirSync('/proc/self/task').length));
  });
`;

function threadsOf(environment: Record<string, string>): number {
  const probe = join(temporaryFolder(), 'probe.cjs');
  writeFileSync(probe, PROBE);
  const { status, stderr } = spawnSync(process.execPath, ['--require', probe, LAUNCHER, '--help'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return Number(stderr);
}

it('starts a pool of 16 threads, or of as many as the operator says', () => {
  const four = threadsOf({ UV_THREADPOOL_SIZE: '4' });
  expect(threadsOf({ UV_THREADPOOL_SIZE: '10' })).toBe(four + 6);
  expect(threadsOf({})).toBe(four + 12);
});
