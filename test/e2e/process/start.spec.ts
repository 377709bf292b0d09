/** What a start refuses: in words that name the cause, without secrets, with nothing left behind. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { processesNaming } from '../../support/processes.js';
import {
  cartograph,
  dataDirectory,
  readServiceJson,
  spawnService,
  type Ended,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from '../../support/stores.js';

const PASSWORD = 'correct-horse-battery';
const START_MS_MAX = 30_000;
const NOBODY_ID = 65_534;

const serve = (dataDir: string, environment: Record<string, string> = {}, port = '0') =>
  cartograph(['serve', '--port', port, '--data-dir', dataDir], { environment });

/** A failed start: code 1, no answer, some lines of words, and no stack or secret in them. */
function expectRefusal({ code, stdout, stderr }: Ended, ...words: string[]): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: '' });
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain(PASSWORD);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(4);
}

/** A loopback port on which somebody listens, or after `close` nobody does. */
async function takenPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    if (server.listening) await once(server.close(), 'close');
  };
  closeAfterAll(close);
  return { port: (server.address() as AddressInfo).port, close };
}

async function closedPort(): Promise<number> {
  const { port, close } = await takenPort();
  await close();
  return port;
}

describe('the data directory of a running service', () => {
  let first: SpawnedService;
  beforeAll(async () => {
    first = await spawnService(dataDirectory());
  });

  it('is refused to a second one, which names it; the first goes on', async () => {
    const second = await serve(first.dataDir);
    expectRefusal(second, first.dataDir, `process ${first.pid}`);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    expect(readServiceJson(first.dataDir).pid).toBe(first.pid);
  });

  it.each(['service.json', 'service.lock', 'secret', 'postgres-password'])(
    'keeps its %s to its owner',
    (file) => {
      expect(statSync(join(first.dataDir, file)).mode & 0o777).toBe(0o600);
    },
  );
});

describe('a lock left behind', () => {
  const dead = () => spawnSync(process.execPath, ['--eval', '']).pid;

  it.each([
    ['of a process that has ended', () => ({ pid: dead(), startedAt: '1' })],
    ['whose process id another process has now', () => ({ pid: process.pid, startedAt: '1' })],
    ['that is not JSON', () => null],
  ])('%s is taken over', async (_, claim) => {
    const dataDir = dataDirectory();
    mkdirSync(dataDir);
    const text = JSON.stringify(claim()) ?? '';
    writeFileSync(join(dataDir, 'service.lock'), claim() === null ? '{"pid":' : text);
    const service = await spawnService(dataDir, { DATABASE_URL: await createTestDatabase() });
    expect(readServiceJson(dataDir)).toMatchObject({ pid: service.pid, url: service.url });
    expect(await service.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
  });
});

describe('a start', () => {
  it.each([
    ['REPORTING_TIMEZONE', 'Mars/Olympus'],
    ['WAREHOUSE_MEMORY_MB', 'plenty'],
    ['DATABASE_URL', `mysql://root:${PASSWORD}@127.0.0.1/shop`],
  ])('with a bad %s names the variable and not its value', async (name, value) => {
    const dataDir = dataDirectory();
    const refused = await serve(dataDir, { [name]: value });
    expectRefusal(refused, `${name}: expected `);
    expect(refused.stderr).not.toContain(value);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('with a bad PORT names it and not its value', async () => {
    const environment = { PORT: 'abc-port' };
    const refused = await cartograph(['serve', '--data-dir', dataDirectory()], { environment });
    expectRefusal(refused, 'PORT: expected ');
    expect(refused.stderr).not.toContain('abc-port');
  });

  it.each([
    ['DATABASE_URL', 'The control database does not answer', 'postgres'],
    ['CLICKHOUSE_URL', 'The warehouse does not answer', 'http'],
  ])('with a %s where nobody listens says so in time', async (name, words, scheme) => {
    const url = `${scheme}://cartograph:${PASSWORD}@127.0.0.1:${await closedPort()}`;
    const environment = { DATABASE_URL: await createTestDatabase(), [name]: url };
    const startedAt = performance.now();
    const refused = await serve(dataDirectory(), environment);
    expectRefusal(refused, words, name, 'ECONNREFUSED');
    expect(performance.now() - startedAt).toBeLessThan(START_MS_MAX);
  });

  it('on a port in use says so and closes what it opened', async () => {
    const dataDir = dataDirectory();
    const { port } = await takenPort();
    expectRefusal(await serve(dataDir, { LOG_LEVEL: 'silent' }, `${port}`), `${port}`, 'in use');
    expect(existsSync(join(dataDir, 'postgres', 'PG_VERSION'))).toBe(true);
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('on a data directory that is a file says so', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'mine');
    expectRefusal(await serve(file), file, 'DATA_DIR');
    expectRefusal(await serve(join(file, 'below')), join(file, 'below'), 'DATA_DIR');
    expect(statSync(file).size).toBe(4);
  });

  it('on a data directory that it may not write says so', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    // Root may write anywhere, so as root the process runs as nobody.
    const user = userInfo().uid === 0 ? { uid: NOBODY_ID } : {};
    for (const dataDir of [folder, join(folder, 'below')]) {
      const args = ['serve', '--port', '0', '--data-dir', dataDir];
      expectRefusal(await cartograph(args, user), dataDir, 'DATA_DIR');
    }
    chmodSync(folder, 0o755);
  });
});
