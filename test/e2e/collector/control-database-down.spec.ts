/** The control database goes away and returns: no key and no vault means 503, never an unsafe write. */
import { startTestService, type TestService } from '../../support/service.js';
import { createTestDatabase } from '../../support/stores.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { problemOf } from './problems.js';

const EMAIL = 'ada@example.com';

describe('without its control database the collector', () => {
  let proxy: TcpProxy;
  let service: TestService;

  beforeAll(async () => {
    const url = new URL(await createTestDatabase());
    proxy = await startTcpProxy(url.hostname, Number(url.port));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    service = await startTestService({ databaseUrl: url.toString() });
  });
  afterEach(() => proxy.up());
  // The database is dropped after the service has stopped, through a connection of its own.
  afterAll(async () => {
    await service.stop();
    await proxy.down();
  });

  const event = (messageId: string, more: object = {}) => ({ userId: 'u', messageId, ...more });
  const refused = async (response: Response) => {
    expect(response.headers.get('retry-after')).toBe('1');
    const { status, code } = await problemOf(response, [EMAIL]);
    expect([status, code]).toEqual([503, 'store_unavailable']);
  };
  const stored = async () =>
    (
      await service.platform.warehouse.query<{ id: string }>(
        'reader',
        'select message_id as id from bronze.events order by id',
      )
    ).map(({ id }) => id);

  it('refuses a key that it cannot look up, names the store, and recovers', async () => {
    const key = await service.key('events:write');
    await proxy.down();
    await refused(await service.post('/v1/page', event('a'), key));
    const ready = await fetch(`${service.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', stores: { control_database: 'down', warehouse: 'up', cache: 'up' } },
    ]);
    await proxy.up();
    expect((await service.post('/v1/page', event('a'), key)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    expect(await stored()).toEqual(['a']);
  });

  it('stores no token whose original the vault did not take', async () => {
    const key = await service.key('events:write');
    expect((await service.post('/v1/page', event('b'), key)).status).toBe(200);
    await proxy.down();
    const personal = event('c', { properties: { email: EMAIL } });
    await refused(await service.post('/v1/page', personal, key));
    expect(await stored()).toEqual(['a', 'b']);
    await proxy.up();
    expect((await service.post('/v1/page', personal, key)).status).toBe(200);
    expect(await stored()).toEqual(['a', 'b', 'c']);
    const opened = await service.platform.vault.open('u');
    expect(opened.map(({ value }) => value)).toEqual([EMAIL]);
  });

  it('still takes events without personal data under a key that it knows', async () => {
    const key = await service.key('events:write');
    expect((await service.post('/v1/page', event('d'), key)).status).toBe(200);
    await proxy.down();
    expect((await service.post('/v1/page', event('e'), key)).status).toBe(200);
    expect(await stored()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
