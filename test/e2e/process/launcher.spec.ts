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

it('lets a reader go that has seen enough', () => {
  const command = `"${process.execPath}" "${LAUNCHER}" --help`;
  // The pipe's reader is gone before the first word; its writer's code is what is printed.
  const script = `{ { ${command}; echo $? >&3; } | exec true; } 3>&1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
});
