/** API keys on a real PostgreSQL: what is kept of them, what they may, and when they end. */
import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { ApiKeys, type Caller } from '../../src/platform/auth/api-keys.js';
import { Clock } from '../../src/platform/clock/clock.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { ApiKey } from '../../src/platform/control-db/entities/api-key.entity.js';
import { openTestControlDb } from '../support/stores.js';

describe('ApiKeys', () => {
  let controlDb: ControlDb;
  let keys: ApiKeys;

  const otherProcess = () => new ApiKeys(controlDb.dataSource, new Clock());

  beforeAll(async () => {
    controlDb = await openTestControlDb();
  });

  beforeEach(async () => {
    await controlDb.dataSource.query('delete from api_keys');
    keys = otherProcess();
  });

  afterEach(() => jest.restoreAllMocks());

  it('makes a key that is found with its name, scopes and source', async () => {
    const { key } = await keys.create('dashboard', ['sales:read', 'behaviour:read'], 'web');
    expect(key).toMatch(/^ck_[\w-]{32}$/);
    expect(await otherProcess().find(key)).toEqual({
      keyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'dashboard',
      scopes: ['sales:read', 'behaviour:read'],
      source: 'web',
      origins: [],
      expiresAt: Number.POSITIVE_INFINITY,
    });
    expect(await keys.find(`${key}x`)).toBeNull();
    expect(await keys.find('')).toBeNull();
  });

  it('keeps the digest and nothing of the key itself', async () => {
    const { key } = await keys.create('web', ['events:write']);
    const rows = await controlDb.dataSource.query<{ row: string; digest: Buffer }[]>(
      'select k::text as row, digest from api_keys k',
    );
    expect(rows[0]!.digest).toEqual(createHash('sha256').update(key).digest());
    const secret = key.slice('ck_'.length);
    const forms = [secret, Buffer.from(secret, 'base64url').toString('hex')];
    forms.push(Buffer.from(key).toString('hex'));
    for (const form of forms) expect(rows[0]!.row).not.toContain(form);
  });

  it('lists keys in the order they were made, without digests', async () => {
    await keys.create('first', ['sales:read']);
    await keys.create('second', ['admin']);
    await keys.revoke('first');
    const instant = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    expect(await keys.list()).toEqual([
      {
        name: 'first',
        scopes: ['sales:read'],
        source: 'first',
        origins: [],
        expires_at: null,
        created_at: instant,
        revoked_at: instant,
      },
      {
        name: 'second',
        scopes: ['admin'],
        source: 'second',
        origins: [],
        expires_at: null,
        created_at: instant,
        revoked_at: null,
      },
    ]);
  });

  it('refuses a second live key of a name, and gives the name free when revoked', async () => {
    const { key: first } = await keys.create('web', ['events:write']);
    await expect(keys.create('web', ['admin'])).rejects.toMatchObject({ code: 'key_exists' });
    await keys.revoke('web');
    const { key: second } = await keys.create('web', ['admin']);
    expect(await keys.find(first)).toBeNull();
    expect((await keys.find(second))?.scopes).toEqual(['admin']);
  });

  it('lets one of several creations of a name at once win', async () => {
    const attempts = Array.from({ length: 5 }, () => keys.create('web', ['admin']));
    const settled = await Promise.allSettled(attempts);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'key_exists' } });
  });

  it.each([
    ['none', []],
    ['an unknown one', ['sales:write']],
    ['events:write beside another', ['events:write', 'sales:read']],
    ['events:write beside admin', ['admin', 'events:write']],
  ])('refuses %s as scopes', async (_, scopes) => {
    await expect(keys.create('web', scopes)).rejects.toMatchObject({ code: 'invalid_scopes' });
    expect(await keys.list()).toEqual([]);
  });

  it.each([[''], ['a\nb'], ['x'.repeat(101)], ['<b>']])('refuses the name %j', async (name) => {
    await expect(keys.create(name, ['admin'])).rejects.toMatchObject({ code: 'invalid_parameter' });
  });

  it('asks the database once for a key that is used again', async () => {
    const { key } = await keys.create('web', ['events:write']);
    const lookUp = jest.spyOn(controlDb.dataSource.getRepository(ApiKey), 'findOneBy');
    const first = await keys.find(key);
    expect(await keys.find(key)).toEqual(first);
    expect(await keys.find('unknown')).toBeNull();
    expect(await keys.find('unknown')).toBeNull();
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('ends a revoked key at once in this process', async () => {
    const { key } = await keys.create('web', ['events:write']);
    expect(await keys.find(key)).not.toBeNull();
    await keys.revoke('web');
    expect(await keys.find(key)).toBeNull();
    await expect(keys.revoke('web')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends a key at once though a look-up of it was under way', async () => {
    const { key } = await keys.create('web', ['events:write']);
    const repository = controlDb.dataSource.getRepository(ApiKey);
    const original = repository.findOneBy.bind(repository);
    jest.spyOn(repository, 'findOneBy').mockImplementationOnce(async (where) => {
      const found = await original(where);
      await keys.revoke('web');
      return found;
    });
    const during: Caller | null = await keys.find(key);
    expect(during?.name).toBe('web');
    expect(await keys.find(key)).toBeNull();
  });
});
