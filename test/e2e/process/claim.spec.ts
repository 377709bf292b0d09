/** Processes that claim one data directory at the same instant: exactly one gets it. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtFile } from '../../support/killed-service.js';
import { closeAfterAll, temporaryFolder } from '../../support/stores.js';

const STARTERS = 4;
const ROUNDS = 60;
const DEAD_CLAIM = JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' });

/** Takes part in every round at its appointed instant and prints the rounds it won. */
const STARTER = `
  const { claimDataDir } = await import('${builtFile('platform/data-dir.js')}');
  const [folder, rounds] = process.argv.slice(-2);
  process.stdout.write('ready\\n');
  const startsAt = await new Promise((go) => process.stdin.once('data', (text) => go(Number(text))));
  const won = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    while (Date.now() < startsAt + round * 10);
    try {
      claimDataDir(folder + '/' + round);
      won.push(round);
    } catch (error) {
      if (error.name !== 'DataDirInUse') throw error;
    }
  }
  process.stdout.write(JSON.stringify(won) + '\\n');
  await new Promise((end) => process.stdin.once('end', end));
`;

async function startStarter(folder: string) {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', STARTER, '--', folder, `${ROUNDS}`],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  closeAfterAll(async () => void child.kill('SIGKILL'));
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  expect(await line()).toBe('ready\n');
  return { child, line };
}

it('one process wins each round, over a claim left behind by a kill', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round += 1) {
    mkdirSync(join(folder, `${round}`));
    writeFileSync(join(folder, `${round}`, 'service.lock'), DEAD_CLAIM);
  }
  const starters = await Promise.all(Array.from({ length: STARTERS }, () => startStarter(folder)));
  const startsAt = Date.now() + 100;
  for (const { child } of starters) child.stdin.write(`${startsAt}\n`);
  // All of them live until the last one is done, so that no claim is dead again.
  const won = await Promise.all(
    starters.map(async ({ line }) => JSON.parse(await line()) as number[]),
  );
  for (const { child } of starters) child.stdin.end();
  const expected = Array.from({ length: ROUNDS }, (_, round) => round);
  expect(won.flat().sort((a, b) => a - b)).toEqual(expected);
});
