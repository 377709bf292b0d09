/** The warehouse behind a URL goes away and returns: 503 meanwhile, and nothing acknowledged is lost. */
import { startClickHouseHttp, type ClickHouseHttp } from '../../support/clickhouse-http/start.js';
import { startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll } from '../../support/stores.js';
import { problemOf } from './problems.js';

describe('without its warehouse the collector', () => {
  let server: ClickHouseHttp;
  let service: TestService;
  let key: string;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    server = await startClickHouseHttp();
    closeAfterAll(() => server.stop());
    service = await startTestService({ clickhouseUrl: server.url });
    key = await service.key('events:write');
  });
  afterEach(() => server.fault('up'));

  const post = async (id: string) => {
    const event = { userId: 'u', messageId: id, timestamp: '2026-02-03T04:05:06Z' };
    const response = await service.post('/v1/page', event, key);
    if (response.status === 200) acknowledged.push(id);
    return response;
  };
  const refused = async (response: Response) => {
    expect(response.headers.get('retry-after')).toBe('1');
    const { status, code } = await problemOf(response, [key]);
    expect([status, code]).toEqual([503, 'store_unavailable']);
  };
  const ready = async () => {
    const response = await fetch(`${service.url}/readyz`);
    return [response.status, await response.json()];
  };
  const stored = async (table: string) =>
    (
      await service.platform.warehouse.query<{ id: string }>(
        'reader',
        `select message_id as id from ${table} order by id`,
      )
    ).map(({ id }) => id);

  it('answers 503 and says when to come back, and works again by itself', async () => {
    expect((await post('a-before')).status).toBe(200);
    expect(await ready()).toMatchObject([200, { status: 'ready' }]);
    await server.fault('down');
    const answers = await Promise.all(['b-down', 'c-down', 'd-down'].map(post));
    for (const answer of answers) await refused(answer);
    expect(await ready()).toEqual([
      503,
      { status: 'unavailable', stores: { control_database: 'up', warehouse: 'down', cache: 'up' } },
    ]);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    await server.fault('up');
    expect(await ready()).toMatchObject([200, { status: 'ready' }]);
    for (const id of ['b-down', 'e-after']) expect((await post(id)).status).toBe(200);
    expect(await stored('bronze.events')).toEqual(['a-before', 'b-down', 'e-after']);
  });

  it('never takes a lost answer for a success, and the retry counts once', async () => {
    await server.fault('drop-after-execute');
    await refused(await post('f-lost'));
    const retry = await post('f-lost');
    expect(await retry.json()).toMatchObject({ accepted: 1, duplicates: 0 });
    const twice = (await stored('bronze.events')).filter((id) => id === 'f-lost');
    expect(twice).toHaveLength(2);
    expect((await service.run('streaming')).status).toBe('published');
    expect(await stored('silver.events')).toEqual([...acknowledged].sort());
  });

  it('does not lose the rejections of a request either', async () => {
    const batch = [{ type: 'page', messageId: 'g-bad' }];
    await server.fault('down');
    await refused(await service.post('/v1/batch', { batch }, key));
    await server.fault('up');
    expect(await stored('bronze.rejected_events')).toEqual([]);
    const retry = await service.post('/v1/batch', { batch }, key);
    expect(await retry.json()).toMatchObject({ accepted: 0, rejected: 1 });
    expect(await stored('bronze.rejected_events')).toEqual(['g-bad']);
  });
});
