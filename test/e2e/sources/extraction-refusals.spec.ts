/** What an extraction refuses and what it survives: bad rows, altered tables, a shop that is away. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { startTestService } from '../../support/service.js';
import { createTestShop, type TestShop } from '../../support/shop.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { controlRows, findAny, searchWarehouse } from '../process/privacy-search.js';
import { counts, ExtractingService, type LoadView, type Rejected } from './extracting.js';

const AT = '2026-03-02T09:00:00Z';
/** Of a stop and a start; five tries to open a session would take more. */
const STOP_MS_MAX = 20_000;

async function openShop(): Promise<TestShop> {
  const shop = await createTestShop();
  await shop.addUser('ann', { at: AT });
  await shop.addItem('mug', 10, AT);
  for (const order of ['A', 'B', 'C']) await shop.place(order, { at: AT, user: 'ann' });
  return shop;
}

describe('rows that the mapping cannot read', () => {
  const SECRETS = ['weird-beyond-words', 'two dozen'];
  let shop: TestShop;
  let warehouse: ExtractingService;
  let first: LoadView;
  const rejectedOf = ({ id }: LoadView) => warehouse.api<Rejected[]>('GET', `loads/${id}/rejected`);

  beforeAll(async () => {
    shop = await openShop();
    await shop.rows(
      `alter table purchases drop constraint purchases_status_check,
         alter column quantity type text`,
    );
    warehouse = await ExtractingService.open(shop.url);
    await warehouse.extract();
    await shop.edit('purchases', ['order_number', 'A'], { status: SECRETS[0] });
    await shop.edit('purchases', ['order_number', 'B'], { quantity: SECRETS[1] });
    await shop.edit('purchases', ['order_number', 'C'], { quantity: '3' });
    first = await warehouse.tryExtract();
  });
  afterAll(() => warehouse.stop());

  it('are told with their table and field, and the good ones are taken', async () => {
    expect(first).toMatchObject({ status: 'done', error: null });
    expect(first.counts).toEqual(counts({ read: 3, loaded: 1, rejected: 2 }));
    const rejected = await rejectedOf(first);
    expect(rejected.map(({ field }) => field)).toEqual(['purchases.status', 'purchases.quantity']);
    for (const { code, detail } of rejected) expect(`${code} ${detail}`).toMatch(/^\w+ \S/);
    expect(findAny(JSON.stringify([first, rejected]), SECRETS)).toEqual([]);
  });

  it('are told once, and again only when they are bad in another way', async () => {
    expect(await warehouse.extract()).toEqual(counts({ read: 3, unchanged: 3 }));
    await shop.edit('purchases', ['order_number', 'A'], { status: 'weirder' });
    expect(await warehouse.extract()).toEqual(counts({ read: 3, rejected: 1, unchanged: 2 }));
    expect(await warehouse.extract()).toEqual(counts({ read: 3, unchanged: 3 }));
  });

  it('leave what was known of them as it is', async () => {
    await warehouse.run();
    expect(await warehouse.orderIds()).toEqual(['A', 'B', 'C']);
    expect(await warehouse.extract({ deletions: true })).toMatchObject({ loaded: 0 });
    expect(await warehouse.checkpoint('purchases', 'phase')).toBe('changes');
  });

  it('are kept encrypted and nowhere else', async () => {
    const { warehouse: engine, controlDb } = warehouse.service.platform;
    expect(await searchWarehouse(engine, ['ann'])).toContain('bronze.records.payload');
    expect(await searchWarehouse(engine, SECRETS)).toEqual([]);
    const stored = await controlRows(controlDb);
    expect(stored['rejected_rows']).toContain('purchases.status');
    expect(findAny(JSON.stringify(stored), SECRETS)).toEqual([]);
  });

  it('are read by who may read personal data, which is recorded', async () => {
    const path = `loads/${first.id}/rejected/rows`;
    const text = await (await warehouse.request('GET', path)).text();
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; raw: string });
    expect(rows.map(({ raw }) => JSON.parse(raw) as object)).toMatchObject([
      { order_number: 'A', status: SECRETS[0] },
      { order_number: 'B', quantity: SECRETS[1] },
    ]);
    const { service } = warehouse;
    const runner = await service.key('pipelines:run');
    expect((await service.get(`/api/v1/pipelines/${path}`, runner)).status).toBe(403);
    const { audit_log: audited } = await controlRows(service.platform.controlDb);
    expect(audited).toContain(`load ${first.id}`);
  });

  it('are taken once they are mended', async () => {
    await shop.edit('purchases', ['order_number', 'A'], { status: 'paid', quantity: '5' });
    expect((await warehouse.extract()).loaded).toBe(1);
    await warehouse.run();
    const units = await warehouse.rows(
      'select toString(units) as n from gold.fct_orders order by 1',
    );
    expect(units).toEqual([{ n: '1' }, { n: '3' }, { n: '5' }]);
  });
});

describe('a shop database', () => {
  const PASSWORD = 'open-sesame';
  const USER = 'cartograph_reader_of_refusals';
  let shop: TestShop;
  let proxy: TcpProxy;
  let warehouse: ExtractingService;

  beforeAll(async () => {
    shop = await openShop();
    await shop.addReader(USER, PASSWORD);
    const url = new URL(shop.url);
    proxy = await startTcpProxy(url.hostname, Number(url.port));
    Object.assign(url, { username: USER, password: PASSWORD, port: String(proxy.port) });
    warehouse = await ExtractingService.open(url.toString());
  });
  afterAll(async () => {
    await warehouse.stop();
    await proxy.down();
  });

  it.each([
    [
      'a column',
      'users rename country to land',
      'users rename land to country',
      ['users', 'country'],
    ],
    ['a table', 'items rename to wares', 'wares rename to items', ['items']],
  ])('that lacks %s is told so by name, until it has it', async (_, alter, mend, named) => {
    await shop.rows(`alter table ${alter}`);
    const { status, error } = await warehouse.tryExtract();
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'source_mismatch' });
    for (const name of named) expect(error!.detail).toContain(name);
    await shop.rows(`alter table ${mend}`);
    expect((await warehouse.tryExtract()).status).toBe('done');
  });

  it('that may not be read is told so by its table', async () => {
    await shop.rows(`revoke select on purchases from ${USER}`);
    const { error } = await warehouse.tryExtract();
    expect(error).toMatchObject({ code: 'source_mismatch' });
    expect(error!.detail).toContain('purchases');
    await shop.rows(`grant select on purchases to ${USER}`);
  });

  it('whose extraction a kill cut off has it closed by the next one', async () => {
    const { controlDb } = warehouse.service.platform;
    const { id } = await warehouse.tryExtract();
    await controlDb.dataSource.query(
      `update loads set status = 'running', finished_at = null where id = $1`,
      [id],
    );
    await warehouse.extract();
    const closed = await warehouse.api<LoadView>('GET', `loads/${id}`);
    expect(closed).toMatchObject({ status: 'failed', error: { code: 'shutting_down' } });
  });

  it('that is away fails the extraction in words, and the next one goes on', async () => {
    await warehouse.extract();
    await proxy.down();
    const { status, error } = await warehouse.tryExtract();
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'source_unavailable' });
    const { telemetry, controlDb } = warehouse.service.platform;
    expect(await telemetry.registry.metrics()).toContain(
      'cartograph_source_up{source="oneshop"} 0',
    );
    await proxy.up();
    await shop.place('D', { at: AT, updatedAt: new Date().toISOString() });
    expect(await warehouse.extract()).toEqual(counts({ read: 1, loaded: 1 }));
    expect(await telemetry.registry.metrics()).toContain(
      'cartograph_source_up{source="oneshop"} 1',
    );
    expect(findAny(JSON.stringify(await controlRows(controlDb)), [PASSWORD, USER])).toEqual([]);
  });
});

describe('a shop database that has gone silent', () => {
  it('does not hold up a stop', async () => {
    const shop = await openShop();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const warehouse = await ExtractingService.open(`postgres://a:b@127.0.0.1:${port}/shop`);
    const connected = once(silent, 'connection') as Promise<[Socket]>;
    const { id } = await warehouse.api<LoadView>('POST', 'extractions', {});
    const [socket] = await connected;
    const began = performance.now();
    await warehouse.restart({ url: shop.url });
    expect(performance.now() - began).toBeLessThan(STOP_MS_MAX);
    socket.destroy();
    silent.close();
    const load = await warehouse.api<LoadView>('GET', `loads/${id}`);
    expect(load).toMatchObject({ status: 'failed', error: { code: 'shutting_down' } });
    expect((await warehouse.extract()).loaded).toBe(5);
    await warehouse.stop();
  });
});

describe('without a shop database', () => {
  it('an extraction is refused in words, and the sources say that there is none', async () => {
    const service = await startTestService();
    const key = await service.key('pipelines:run');
    const sources = await service.get('/api/v1/pipelines/sources', key);
    expect(await sources.json()).toEqual({
      data: { shop_database: { is_connected: false, source: null } },
    });
    const refused = await fetch(`${service.url}/api/v1/pipelines/extractions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await refused.json()).toMatchObject({
      code: 'no_shop_database',
      status: refused.status,
    });
  });
});
