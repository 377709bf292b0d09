/** The control database by URL: migrations that race, errors that help, and outages survived. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import pg from 'pg';
import { ApiKeys } from '../../src/platform/auth/api-keys.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { ControlDb } from '../../src/platform/control-db/control-db.js';
import { Vault } from '../../src/platform/vault/vault.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from '../support/stores.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

async function open(databaseUrl: string): Promise<ControlDb> {
  const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
  closeAfterAll(() => controlDb.close());
  return controlDb;
}

describe('migrations of the control database', () => {
  it('called five times at once are applied once', async () => {
    const url = await createTestDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('drop schema public cascade');
    await client.query('create schema public');
    const two = [await open(url), await open(url)];
    await Promise.all(Array.from({ length: 5 }, (_, index) => two[index % 2]!.migrate()));
    const applied = await client.query('select name from migrations');
    const keys = await client.query('select 1 from api_keys');
    await client.end();
    expect(applied.rows).toHaveLength(two[0]!.dataSource.migrations.length);
    expect(keys.rows).toEqual([]);
  });

  it('give the lock back when the work fails', async () => {
    const controlDb = await open(await createTestDatabase());
    const failing = controlDb.withAdvisoryLock(1, () => Promise.reject(new Error('work failed')));
    await expect(failing).rejects.toThrow('work failed');
    expect(await controlDb.withAdvisoryLock(1, async () => 'held')).toBe('held');
  });
});

describe('a DATABASE_URL that does not work', () => {
  const wrong: [string, (url: URL, password: string) => void, RegExp][] = [
    ['a wrong password', (url, password) => (url.password = password), /28P01/],
    ['a wrong database', (url) => (url.pathname = '/nowhere'), /3D000/],
    ['a port that nobody serves', (url) => (url.port = '1'), /ECONNREFUSED/],
    [
      'a host that nobody knows',
      (url) => (url.hostname = 'nowhere.invalid'),
      /ENOTFOUND|EAI_AGAIN/,
    ],
  ];

  it.each(wrong)('(%s) is named, without its password', async (_, spoil, reason) => {
    const url = new URL(await createTestDatabase());
    const password = `wrong-${randomUUID()}`;
    const right = url.password;
    spoil(url, password);
    const error = await open(url.toString()).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain('Check DATABASE_URL');
    expect((error as Error).message).toMatch(reason);
    const everything = inspect(error, { depth: 10, showHidden: true });
    for (const secret of [password, right]) expect(everything).not.toContain(secret);
  });

  it('(not a URL at all) is named, without its password', async () => {
    const url = 'postgresql://ada:hunter2@127.0.0.1:99999/shop';
    const error = await open(url).catch((failure: unknown) => failure);
    expect((error as Error).message).toContain('Check DATABASE_URL');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
  });
});

describe('a control database that goes away', () => {
  const now = new Date('2026-11-05T12:00:00.000Z');
  const unavailable = { name: 'CodedError', code: 'store_unavailable' };
  const personal = (token: string) => [
    { subject: 'web:1', kind: 'email', field: 'traits.email', token, value: `${token}@x.example` },
  ];
  let proxy: TcpProxy;
  let controlDb: ControlDb;

  beforeAll(async () => {
    const url = new URL(await createTestDatabase());
    proxy = await startTcpProxy(url.hostname, Number(url.port));
    closeAfterAll(() => proxy.down());
    url.port = String(proxy.port);
    controlDb = await open(url.toString());
  });

  afterEach(() => proxy.up());

  it('is store_unavailable to keys and vault, and works again without a restart', async () => {
    const keys = new ApiKeys(controlDb.dataSource, new Clock());
    const vault = new Vault(controlDb.dataSource, 'a secret of at least thirty-two characters');
    const { key } = await keys.create('web', ['events:write']);
    await vault.store(personal('eml_1'), now);

    await proxy.down();
    await expect(keys.find(key)).rejects.toMatchObject(unavailable);
    await expect(keys.create('other', ['admin'])).rejects.toMatchObject(unavailable);
    await expect(keys.revoke('web')).rejects.toMatchObject(unavailable);
    await expect(keys.list()).rejects.toMatchObject(unavailable);
    await expect(vault.store(personal('eml_2'), now)).rejects.toMatchObject(unavailable);
    await expect(vault.open('web:1')).rejects.toMatchObject(unavailable);
    await expect(controlDb.ping()).rejects.toThrow();

    await proxy.up();
    await controlDb.ping();
    expect((await keys.find(key))?.name).toBe('web');
    await vault.store(personal('eml_2'), now);
    const values = (await vault.open('web:1')).map(({ value }) => value).sort();
    expect(values).toEqual(['eml_1@x.example', 'eml_2@x.example']);
  });

  it('serves a known key from the cache meanwhile', async () => {
    const keys = new ApiKeys(controlDb.dataSource, new Clock());
    const { key } = await keys.create('cached', ['events:write']);
    await keys.find(key);
    await proxy.down();
    expect((await keys.find(key))?.name).toBe('cached');
  });
});
