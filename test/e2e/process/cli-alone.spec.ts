/** The commands without a service: they open the stores themselves, and close them again. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming } from '../../support/processes.js';
import { cartograph, dataDirectory } from '../../support/spawned-service.js';
import { temporaryFolder } from '../../support/stores.js';

function rowsOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
}

describe('on embedded stores that no service holds', () => {
  let dataDir: string;
  const run = (...args: string[]) => cartograph([...args, '--data-dir', dataDir]);

  beforeAll(() => {
    dataDir = dataDirectory();
  });
  afterEach(() => {
    expect(processesNaming(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
  });

  it('migrate brings them up to date, and again', async () => {
    const words = 'The control database and the warehouse are up to date.\n';
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: words });
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: words });
    expect(statSync(join(dataDir, 'secret')).mode & 0o777).toBe(0o600);
  });

  it('a key outlives the command that created it', async () => {
    const scopes = ['--scopes', 'sales:read, reports:read'];
    const created = await run('keys', 'create', 'board', ...scopes, '--json');
    expect(JSON.parse(created.stdout)).toMatchObject({ scopes: ['sales:read', 'reports:read'] });
    const [listed] = JSON.parse((await run('keys', 'list', '--json')).stdout) as object[];
    expect(listed).toMatchObject({ name: 'board', revoked_at: null });
  });

  it('run and status do their work', async () => {
    const { code, stdout } = await run('run', 'all', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'published' });
    const status = await run('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^gold\.sales_15m +partition +streaming +ok/m);
  });

  it('a refusal closes them too', async () => {
    const refused = await run('run', 'gold.nothing');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('unknown_model');
  });
});

describe('generate', () => {
  const FILES = ['customers', 'products', 'transactions'] as const;
  const generate = (out: string, ...options: string[]) =>
    cartograph(['generate', '--out', out, ...options]);

  it('writes 1,000 customers, 500 products and 5,000 transactions', async () => {
    const out = join(temporaryFolder(), 'raw');
    const { code, stdout } = await generate(out);
    expect(code).toBe(0);
    const counts = [1000, 500, 5000];
    FILES.forEach((name, index) => {
      const file = join(out, `${name}.csv`);
      expect(rowsOf(file)).toHaveLength(counts[index]!);
      expect(stdout).toContain(`${file}: ${counts[index]} rows\n`);
    });
  });

  it('writes to data/raw of the present folder unless told', async () => {
    const cwd = temporaryFolder();
    const { code } = await cartograph(['generate', '--transactions', '1'], { cwd });
    expect(code).toBe(0);
    expect(rowsOf(join(cwd, 'data/raw/transactions.csv'))).toHaveLength(1);
  });

  it('respects its options; the same seed gives the same files', async () => {
    const out = temporaryFolder();
    const options = ['--customers', '7', '--products', '3', '--transactions', '20'];
    const until = ['--until', '2026-03-31'];
    for (const [folder, seed] of [
      ['a', '5'],
      ['b', '5'],
      ['c', '6'],
    ] as const) {
      await generate(join(out, folder), '--seed', seed, ...options, ...until);
    }
    const read = (folder: string) =>
      FILES.map((name) => readFileSync(join(out, folder, `${name}.csv`), 'utf8'));
    const lines = FILES.map((name) => rowsOf(join(out, 'a', `${name}.csv`)).length);
    expect(lines).toEqual([7, 3, 20]);
    expect(read('b')).toEqual(read('a'));
    expect(read('c')).not.toEqual(read('a'));
    expect(read('a')[2]).not.toMatch(/2026-0[4-9]/);
  });

  it.each([
    ['--customers', '0', 'customers'],
    ['--products', '99999999', 'products'],
    ['--transactions', '1.5', 'whole number'],
    ['--until', '2026-02-30', '2026-02-30'],
  ])('refuses %s %s before it writes', async (option, value, words) => {
    const out = join(temporaryFolder(), 'raw');
    const refused = await generate(out, option, value);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(out)).toBe(false);
  });
});
