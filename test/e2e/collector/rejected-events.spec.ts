/** From 'rejected' in an answer to the event in silver: listed, shown, replayed, counted once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventRow } from '../../../src/ingest/bronze.writer.js';
import { BronzeWriter } from '../../../src/ingest/index.js';
import type {
  RejectionGroup,
  RejectionPage,
  ReplayOutcome,
  WholeRejection,
} from '../../../src/ingest/index.js';
import type { JsonObject } from '../../../src/contracts/json.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { contractFolder, SHIPPED, useContracts } from './contract-folder.js';
import { problemOf } from './problems.js';

const PATH = '/api/v1/pipelines/rejected-events';
const EMAIL = 'jane.quodlibet@example.com';
const AT = '2026-02-03T04:05:06.000Z';
const UNKNOWN_ID = '0'.repeat(32);
const PHONE_AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1';

/** Wants an affiliation with every order, which nobody sends. */
const tooStrict = () =>
  contractFolder({
    'order_completed.v1.json': (contract) => {
      const text = JSON.stringify(contract)
        .replace('["order_id"]', '["order_id","affiliation"]')
        .replace('"properties":{"order_id"', '"properties":{"affiliation":true,"order_id"');
      return JSON.parse(text) as JsonObject;
    },
  });

let service: TestService;
let writeKey: string;
let key: string;
let strict: string;

beforeAll(async () => {
  service = await startTestService();
  writeKey = await service.key('events:write');
  key = await service.key('pipelines:run');
  strict = tooStrict();
});

beforeEach(() => useContracts(service, strict));

const query = <Row>(sql: string, parameters = {}) =>
  service.platform.warehouse.query<Row>('reader', sql, parameters);

async function get<T>(path: string): Promise<T> {
  const response = await service.get(`${PATH}${path}`, key);
  expect([path, response.status]).toEqual([path, 200]);
  return ((await response.json()) as { data: T }).data;
}

function postReplay(body: unknown, as = key): Promise<Response> {
  return fetch(`${service.url}${PATH}/replay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
    body: JSON.stringify(body),
  });
}

async function replay(body: object): Promise<ReplayOutcome> {
  const response = await postReplay(body);
  const answer = (await response.json()) as { data: ReplayOutcome };
  expect([response.status, answer]).toEqual([200, answer]);
  const { read, replayed, still_rejected, already_replayed } = answer.data;
  expect(read).toBe(replayed + still_rejected + already_replayed);
  return answer.data;
}

/** Sends events of a source of their own; answers with how many were rejected. */
async function send(
  source: string,
  batch: unknown[],
  more: { headers?: Record<string, string>; body?: object } = {},
) {
  const name = `${source}-${Math.random()}`;
  const created = await service.platform.apiKeys.create(name, ['events:write'], source);
  const post = () =>
    fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more.headers },
      body: JSON.stringify({ batch, writeKey: created.key, ...more.body }),
    });
  let response = await post();
  // As clients do: a run on the same machine may have kept the service busy.
  for (let tries = 0; response.status === 503 && tries < 10; tries += 1) {
    await pause(1_000 * Number(response.headers.get('retry-after')));
    response = await post();
  }
  const answer = (await response.json()) as { rejected: number };
  expect([response.status, answer]).toEqual([200, answer]);
  return answer.rejected;
}

async function kept(source: string): Promise<number> {
  expect((await service.run('streaming')).status).toBe('published');
  const sql = 'select count() as n from silver.events where source = {source:String}';
  return Number((await query<{ n: string }>(sql, { source }))[0]!.n);
}

const bronzeRows = (source: string) =>
  query<EventRow>(
    `select * except (_loaded_at) from bronze.events where source = {source:String}
     order by message_id`,
    { source },
  );

describe('a replay', () => {
  it('of an event whose contract was fixed stores what would have been stored then', async () => {
    const page = {
      url: 'https://shop.example/p?utm_source=news&utm_medium=email&utm_campaign=Jane%20Quodlibet',
      referrer: `https://www.google.com/search?q=${EMAIL}`,
    };
    const event = (id: string): JsonObject => {
      const order = orderCompleted(id, { at: AT, properties: { note: `for ${EMAIL}` } });
      return { ...order, anonymousId: 'v-1', userId: EMAIL, context: { page } };
    };
    const sentAt = new Date(Date.now() + 7_200_000).toISOString();
    const facts = {
      headers: { 'cf-ipcountry': 'AT', 'user-agent': PHONE_AGENT },
      body: { sentAt },
    };
    useContracts(service, SHIPPED);
    expect(await send('facts', [event('a')], facts)).toBe(0);
    useContracts(service, strict);
    expect(await send('facts', [event('b')], facts)).toBe(1);
    const [open] = (await get<RejectionPage>('?source=facts')).rows;
    expect(open).toMatchObject({
      ...{ event: 'Order Completed', message_id: 'order-b', state: 'open', replayed_at: null },
      ...{ contract: 'order_completed' },
      reasons: [{ code: 'required', path: '/properties/affiliation' }],
    });
    expect(await replay({ source: 'facts' })).toMatchObject({
      ...{ read: 1, replayed: 0, still_rejected: 1, remaining: 0, cursor: null },
      still_rejected_examples: [{ id: open!.id, reasons: [{ path: '/properties/affiliation' }] }],
    });
    useContracts(service, SHIPPED);
    expect(await replay({ source: 'facts' })).toMatchObject({ read: 1, replayed: 1 });

    const [control, replayed] = await bronzeRows('facts');
    const payloadOf = (row: EventRow) => row.payload.replaceAll('order-b', 'order-a');
    expect(JSON.parse(payloadOf(replayed!).replaceAll('"b"', '"a"'))).toEqual(
      JSON.parse(control!.payload),
    );
    const { received_at, occurred_at, ...rest } = replayed!;
    expect(rest).toEqual({
      ...{ ...control!, received_at: undefined, occurred_at: undefined },
      ...{ message_id: 'order-b', payload: replayed!.payload },
    });
    expect(rest).toMatchObject({ country: 'AT', device_type: 'mobile', channel: 'email' });
    expect(new Date(`${received_at}Z`).toISOString()).toBe(open!.received_at);
    // The clock that was two hours ahead is corrected by when the event was sent, not replayed.
    const skew = Date.parse(sentAt) - Date.parse(open!.received_at);
    expect(new Date(`${occurred_at}Z`).getTime()).toBe(Date.parse(AT) - skew);
    expect(await kept('facts')).toBe(2);
    const [listed] = (await get<RejectionPage>('?source=facts&state=replayed')).rows;
    expect(listed).toMatchObject({ id: open!.id, state: 'replayed' });
    expect((await get<RejectionPage>('?source=facts')).rows).toEqual([]);
  });

  it('twice, and ten at once, stores one event', async () => {
    const orders = Array.from({ length: 20 }, (_, n) => orderCompleted(`many-${n}`, { at: AT }));
    expect(await send('once', orders)).toBe(20);
    useContracts(service, SHIPPED);
    const ids = (await get<RejectionPage>('?source=once')).rows.map(({ id }) => id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => replay(n % 2 === 0 ? { source: 'once' } : { ids })),
    );
    const total = answers.reduce((sum, { replayed }) => sum + replayed, 0);
    expect(total).toBe(20);
    expect(await replay({ source: 'once' })).toMatchObject({ read: 0, remaining: 0 });
    expect(await replay({ ids })).toMatchObject({ read: 20, already_replayed: 20 });
    expect(await bronzeRows('once')).toHaveLength(20);
    expect(await kept('once')).toBe(20);
  });

  it('that was cut off between the event and its mark counts once', async () => {
    const bare = { type: 'track', event: 'Order Completed', userId: 'u' };
    const orders = [
      orderCompleted('cut', { at: AT }),
      // Without id, and without id and time: the ids must be the same in both replays.
      { ...bare, timestamp: AT, properties: { order_id: 'cut-2', total: 5 } },
      { ...bare, properties: { order_id: 'cut-3', total: 5 } },
      { ...bare, properties: { order_id: 'cut-3', total: 5 } },
    ];
    expect(await send('cut', orders)).toBe(4);
    useContracts(service, SHIPPED);
    const writer = service.app.get(BronzeWriter, { strict: false });
    const { writeReplays } = writer;
    writer.writeReplays = () => Promise.reject(new Error('killed'));
    expect((await postReplay({ source: 'cut' })).status).toBe(500);
    writer.writeReplays = writeReplays;
    expect(await kept('cut')).toBe(4);
    expect((await get<RejectionPage>('?source=cut')).rows).toHaveLength(4);
    expect(await replay({ source: 'cut' })).toMatchObject({ read: 4, replayed: 4 });
    // What stands is not stored once more.
    expect(await bronzeRows('cut')).toHaveLength(4);
    expect(await kept('cut')).toBe(4);
  });

  it('of what the client has sent again meanwhile counts once', async () => {
    const order = orderCompleted('again', { at: AT });
    expect(await send('again', [order])).toBe(1);
    useContracts(service, SHIPPED);
    expect(await send('again', [order])).toBe(0);
    expect(await kept('again')).toBe(1);
    expect(await replay({ source: 'again' })).toMatchObject({ replayed: 1 });
    expect(await kept('again')).toBe(1);
  });

  it('of what tells no time and was sent again on a later day counts once', async () => {
    const order = { ...orderCompleted('late', { at: AT }), timestamp: null };
    expect(await send('late', [order])).toBe(1);
    // It arrived a week ago.
    await service.platform.warehouse.command(
      'pipeline',
      `insert into bronze.rejected_events
         (rejection_id, source, message_id, event, received_at, contract, reasons, payload, facts)
       select replaceAll(rejection_id, 'a', 'b'), 'late-2', message_id, event,
         received_at - interval 7 day, contract, reasons, payload, ''
       from bronze.rejected_events where source = 'late'`,
    );
    useContracts(service, SHIPPED);
    expect(await send('late-2', [order])).toBe(0);
    expect(await kept('late-2')).toBe(1);
    expect(await replay({ source: 'late-2' })).toMatchObject({ replayed: 1, remaining: 0 });
    expect(await kept('late-2')).toBe(1);
  });

  it('of what was sent again with the time of another day counts once', async () => {
    const order = orderCompleted('moved', { at: AT });
    expect(await send('moved', [order])).toBe(1);
    useContracts(service, SHIPPED);
    const earlier = new Date(Date.parse(AT) - 2 * 86_400_000).toISOString();
    expect(await send('moved', [{ ...order, timestamp: earlier }])).toBe(0);
    expect(await replay({ source: 'moved' })).toMatchObject({ replayed: 1, remaining: 0 });
    expect(await kept('moved')).toBe(1);
  });

  it('leaves what cannot hold, and takes what was rejected before its facts were known', async () => {
    const page = { type: 'page', userId: 'u', timestamp: AT };
    const bad = [
      7,
      { ...page, messageId: 'deep', properties: JSON.parse('['.repeat(34) + ']'.repeat(34)) },
      { ...page, messageId: 'garbage', timestamp: 'yesterday' },
      { ...page, messageId: 'large', traits: { note: 'x'.repeat(40_000) } },
    ];
    const rejected = await send('bounds', bad, { headers: { 'cf-ipcountry': 'AT' } });
    expect(rejected).toBe(4);
    const infinite = `{"writeKey":"${writeKey}","batch":[{"type":"page","userId":"inf","messageId":"inf","properties":{"a":1e999}}]}`;
    await service.post('/v1/batch', infinite, writeKey);
    const answer = await replay({});
    const still = answer.still_rejected_examples.map(({ reasons }) => reasons[0]!.code);
    expect(still).toEqual(
      expect.arrayContaining(['invalid_event', 'too_deep', 'number_out_of_range']),
    );
    // What made this one too large was a trait that is not kept.
    expect(await bronzeRows('bounds')).toMatchObject([{ message_id: 'large', country: 'unknown' }]);
    const held = await get<RejectionPage>('?source=bounds');
    expect(held.rows).toHaveLength(3);
  });

  it('leaves alone what is neither named nor selected', async () => {
    await send('left', [
      orderCompleted('left-1', { at: AT }),
      { type: 'track', event: 'Other', messageId: 'nobody' },
    ]);
    useContracts(service, SHIPPED);
    const [one] = (await get<RejectionPage>('?source=left&event=Order%20Completed')).rows;
    expect(await replay({ ids: [one!.id], event: 'Other' })).toMatchObject({ read: 0 });
    expect(await replay({ source: 'left', contract: 'track' })).toMatchObject({
      ...{ read: 1, still_rejected: 1, replayed: 0 },
    });
    expect(await replay({ source: 'left', to: '2020-01-01' })).toMatchObject({ read: 0 });
    expect(await replay({ ids: [one!.id] })).toMatchObject({ read: 1, replayed: 1 });
  });

  it('goes on behind what it has read, and ends', async () => {
    const orders = Array.from({ length: 1_000 }, (_, n) => orderCompleted(`p-${n}`, { at: AT }));
    for (let part = 0; part < 12; part += 1) {
      const batch = orders.map((order) => ({ ...order, messageId: `${part}-${order.messageId}` }));
      expect(await send('pages', batch)).toBe(1_000);
    }
    const first = await replay({ source: 'pages' });
    expect(first).toMatchObject({ read: 10_000, still_rejected: 10_000, remaining: 2_000 });
    expect(first.still_rejected_examples).toHaveLength(10);
    useContracts(service, SHIPPED);
    const second = await replay({ source: 'pages', cursor: first.cursor });
    expect(second).toMatchObject({ read: 2_000, replayed: 2_000, remaining: 0, cursor: null });
    expect(await replay({ source: 'pages' })).toMatchObject({ replayed: 10_000, remaining: 0 });
    expect(await bronzeRows('pages')).toHaveLength(12_000);
  });
});

describe('what was rejected before it had an id', () => {
  it('has one that stays the same, and is replayed with it', async () => {
    const payload = JSON.stringify(orderCompleted('old', { at: AT }));
    await service.platform.warehouse.command(
      'writer',
      `insert into bronze.rejected_events
         (source, message_id, event, received_at, contract, reasons, payload)
       values ('old', 'order-old', 'Order Completed', '2026-02-03 05:00:00.123',
         'order_completed', '[{"code":"required","path":"/x","message":"must have x"}]',
         {payload:String})`,
      { payload },
    );
    const [first] = (await get<RejectionPage>('?source=old')).rows;
    expect(first!.id).toMatch(/^[0-9a-f]{32}$/);
    expect((await get<RejectionPage>('?source=old')).rows).toEqual([first]);
    expect(await get<WholeRejection>(`/${first!.id}`)).toMatchObject({ facts: null });
    useContracts(service, SHIPPED);
    expect(await replay({ ids: [first!.id] })).toMatchObject({ replayed: 1 });
    expect(await bronzeRows('old')).toMatchObject([
      { message_id: 'order-old', received_at: '2026-02-03 05:00:00.123', country: 'unknown' },
    ]);
  });
});

describe('rejected events', () => {
  beforeAll(async () => {
    useContracts(service, strict);
    const order = (id: string) => orderCompleted(id, { at: AT, user: EMAIL });
    await send('read', [order('r1'), order('r2'), order('r3')]);
    await send('read', [{ type: 'page', messageId: 'nobody', properties: { note: EMAIL } }]);
  });

  it('are summed up by what is wrong', async () => {
    const { rows } = await get<{ rows: RejectionGroup[] }>('/summary?source=read');
    expect(rows).toMatchObject([
      { event: 'Order Completed', code: 'required', path: '/properties/affiliation', events: 3 },
      { event: 'page', contract: 'page', code: 'anyOf', path: '', events: 1 },
    ]);
    expect(rows[0]!.first_seen <= rows[0]!.last_seen).toBe(true);
    const narrowed = await get<{ rows: unknown[] }>('/summary?source=read&code=anyOf&state=all');
    expect(narrowed.rows).toHaveLength(1);
  });

  it('are paged without a gap or a repetition, newest first', async () => {
    const whole = (await get<RejectionPage>('?source=read')).rows;
    expect(whole).toHaveLength(4);
    const times = whole.map(({ received_at: at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    const paged: unknown[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const more = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: RejectionPage = await get(`?source=read&limit=1${more}`);
      paged.push(...page.rows);
      cursor = page.cursor;
    }
    expect(paged).toEqual(whole);
  });

  it('are narrowed by code, event, contract and time', async () => {
    const count = async (more: string) =>
      (await get<RejectionPage>(`?source=read&${more}`)).rows.length;
    expect(await count('code=anyOf')).toBe(1);
    expect(await count('event=Order%20Completed')).toBe(3);
    expect(await count('contract=page')).toBe(1);
    expect(await count('to=2026-01-01')).toBe(0);
    expect(await count('from=2026-01-01T00:00:00Z')).toBe(4);
    expect(await count('state=replayed')).toBe(0);
  });

  it('are shown whole, and nowhere with personal data in the clear', async () => {
    const paths = ['?state=all&limit=500', '/summary?state=all'];
    const { rows } = await get<RejectionPage>('?source=read');
    const texts = [...paths, ...rows.map(({ id }) => `/${id}`)].map(async (path) =>
      JSON.stringify(await get(path)),
    );
    for (const text of await Promise.all(texts))
      expect(text.toLowerCase()).not.toContain('quodlib');
    const token = service.platform.tokeniser.token('email', EMAIL);
    const [page, order] = await Promise.all(
      [
        rows.find(({ event }) => event === 'page'),
        rows.find(({ message_id }) => message_id === 'order-r1'),
      ].map((row) => get<WholeRejection>(`/${row!.id}`)),
    );
    expect(page).toMatchObject({ payload: { properties: { note: token } } });
    expect(order).toMatchObject({
      payload: { userId: token },
      facts: { country: 'unknown', time: { originalDate: '2026-02-03' } },
    });
  });

  it('have facts free of personal data as well', async () => {
    const page = { url: `https://shop.example/?utm_source=${EMAIL}` };
    await send('utm', [{ type: 'page', context: { page } }]);
    const [row] = await query<{ facts: string }>(
      `select facts from bronze.rejected_events where source = 'utm'`,
    );
    expect(row!.facts).toContain(service.platform.tokeniser.token('email', EMAIL));
    expect(row!.facts).not.toContain('quodlibet');
  });
});

describe('a request that is refused', () => {
  it.each(['events:write', 'sales:read', 'pii:read'])('for a key with %s', async (scope) => {
    const other = await service.key(scope);
    for (const path of ['', '/summary', `/${UNKNOWN_ID}`]) {
      const response = await service.get(`${PATH}${path}`, other);
      expect(await problemOf(response)).toMatchObject({ status: 403, code: 'forbidden' });
    }
    const answer = await postReplay({}, other);
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('without a key', async () => {
    expect((await service.get(PATH, '')).status).toBe(401);
    expect((await postReplay({}, 'ck_unknown')).status).toBe(401);
  });

  it.each([UNKNOWN_ID, 'x', "' or 1=1", '..%2f'])('for the id %s', async (id) => {
    const response = await service.get(`${PATH}/${encodeURIComponent(id)}`, key);
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('for a replay of an id that is not known, of which nothing is replayed', async () => {
    await send('mixed', [orderCompleted('mixed', { at: AT })]);
    useContracts(service, SHIPPED);
    const [{ id } = { id: '' }] = (await get<RejectionPage>('?source=mixed')).rows;
    const response = await postReplay({ ids: [id, UNKNOWN_ID] });
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await bronzeRows('mixed')).toEqual([]);
  });

  it.each([
    ['limit=0', 'invalid_parameter'],
    ['limit=501', 'invalid_parameter'],
    ['limit=x', 'invalid_parameter'],
    ['state=closed', 'invalid_parameter'],
    ['cursor=x', 'invalid_parameter'],
    ['colour=red', 'invalid_parameter'],
    ['source=a&source=b', 'invalid_parameter'],
    ['from=yesterday', 'invalid_range'],
    ['from=2026-02-30', 'invalid_range'],
    ['from=2026-02-02&to=2026-02-01', 'invalid_range'],
  ])('for the parameters %s', async (parameters, code) => {
    const response = await service.get(`${PATH}?${parameters}`, key);
    expect(await problemOf(response)).toMatchObject({ status: 400, code });
  });

  it.each([
    [{ ids: 'all' }],
    [{ ids: [] }],
    [{ ids: ['x'] }],
    [{ ids: Array.from({ length: 1_001 }, () => UNKNOWN_ID) }],
    [{ source: 7 }],
    [{ cursor: 'x' }],
    [{ force: true }],
  ])('for the replay %j', async (body) => {
    const response = await postReplay(body);
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'invalid_parameter' });
  });
});
