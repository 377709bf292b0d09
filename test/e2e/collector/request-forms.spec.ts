/** The forms in which SDKs and browsers send: each is stored like the plain one. */
import { gzipSync } from 'node:zlib';
import { startTestService, type TestService } from '../../support/service.js';
import { problemOf } from './problems.js';

let service: TestService;
let key: string;

beforeAll(async () => {
  service = await startTestService();
  key = await service.key('events:write');
});

const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
const page = (messageId: string, more: object = {}) =>
  JSON.stringify({ type: 'page', anonymousId: 'v1', name: 'Home', messageId, ...more });
const send = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, { method: 'POST', body: new Blob([body as never]), headers });

async function stored(): Promise<Record<string, string>> {
  const rows = await service.platform.warehouse.query<{ id: string; call: string }>(
    'reader',
    'select message_id as id, call from bronze.events',
  );
  return Object.fromEntries(rows.map(({ id, call }) => [id, call]));
}

describe('a body', () => {
  const FORMS: [string, Record<string, string>, boolean][] = [
    ['gzip-json', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, true],
    [
      'gzip-form',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      true,
    ],
    ['gzip-unnamed', { 'content-type': 'application/json' }, true],
    ['inflated-on-the-way', { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, false],
    ['text', { 'content-type': 'text/plain;charset=UTF-8' }, false],
    ['form', { 'content-type': 'application/x-www-form-urlencoded' }, false],
    ['retried', { 'content-type': 'application/json', 'x-retry-count': '3' }, false],
  ];

  it.each(FORMS)('%s', async (name, headers, isGzip) => {
    const text = page(name);
    const body = isGzip ? new Uint8Array(gzipSync(text)) : text;
    const answer = await send('/v1/page', body, { ...headers, authorization: basic(key) });
    expect(await answer.json()).toMatchObject({ success: true, accepted: 1 });
    expect(await stored()).toHaveProperty(name, 'page');
  });

  it('of a beacon, without a content type and with the key in it', async () => {
    const body = new TextEncoder().encode(page('beacon', { writeKey: key }));
    expect((await send('/v1/p', body)).status).toBe(200);
    expect(await stored()).toHaveProperty('beacon', 'page');
  });

  it('in an encoding that is not known', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'br' };
    const problem = await problemOf(await send('/v1/page', page('br'), headers));
    expect([problem.status, problem.code]).toEqual([415, 'unsupported_content_encoding']);
  });

  it('of gzip that is cut off', async () => {
    const whole = gzipSync(page('cut'));
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    const cut = new Uint8Array(whole.subarray(0, whole.length - 12));
    const problem = await problemOf(await send('/v1/page', cut, headers));
    expect([problem.status, problem.code]).toEqual([400, 'malformed_body']);
  });

  it.each([
    ['text/plain', '/api/v1/access/keys'],
    ['application/x-www-form-urlencoded', '/graphql'],
    ['', '/api/v1/access/keys'],
  ])('of %s is taken by the collector alone', async (type, path) => {
    const headers = { ...(type ? { 'content-type': type } : {}) };
    const body = new TextEncoder().encode('{"name":"x","scopes":["admin"]}');
    const problem = await problemOf(await send(path, body, headers));
    expect([problem.status, problem.code]).toEqual([415, 'unsupported_content_type']);
  });
});

describe('a path', () => {
  it.each([
    ['track', 't', { event: 'Wave', properties: {} }],
    ['page', 'p', { name: 'Home' }],
    ['screen', 's', { name: 'Start' }],
    ['identify', 'i', { userId: 'u1', traits: { plan: 'gold' } }],
    ['group', 'g', { userId: 'u1', groupId: 'acme' }],
    ['alias', 'a', { userId: 'u1', previousId: 'v1' }],
  ])('of %s stands in full and by its letter', async (call, letter, event) => {
    for (const path of [call, letter, `${call}/`]) {
      const messageId = `${call}-${path.replace('/', '-slash')}`;
      const body = { anonymousId: 'v1', messageId, ...event };
      const answer = await service.post(`/v1/${path}`, body, key);
      expect(await answer.json()).toMatchObject({ accepted: 1, rejected: 0 });
      expect(await stored()).toHaveProperty(messageId, call);
    }
  });

  it('of a batch too, of all calls, with ids that are no UUIDs and what SDKs add', async () => {
    const shared = {
      ...{ anonymousId: 'v1', integrations: { All: true }, context: { library: { name: 'x' } } },
      ...{ sentAt: new Date().toISOString(), originalTimestamp: new Date().toISOString() },
    };
    const longId = `node-next-${Date.now()}-${'x'.repeat(70)}`;
    const batch = [
      { ...shared, type: 'track', event: 'Wave', messageId: longId },
      { ...shared, type: 'group', groupId: 'acme', messageId: 'ajs-next-1' },
      { ...shared, type: 'alias', userId: 'u2', previousId: 'u1', messageId: '42' },
    ];
    const answer = await service.post('/v1/b', { batch, sentAt: shared.sentAt }, key);
    expect(await answer.json()).toMatchObject({ accepted: 3, rejected: 0 });
    expect(await stored()).toMatchObject({ [longId]: 'track', 'ajs-next-1': 'group', 42: 'alias' });
  });
});

describe('lines', () => {
  const LINES = { 'content-type': 'application/x-ndjson' };

  it('are taken in bulk; bad ones never fail the others', async () => {
    const lines = [
      page('line-1'),
      '',
      '{"type":"track","event":',
      page('line-2', { type: 'track', event: 'Wave' }),
      '[]',
      JSON.stringify({ type: 'track', event: 'Order Completed', properties: {}, userId: 'u' }),
      `${page('line-3')}\r`,
    ];
    const body = new Uint8Array(gzipSync(lines.join('\n')));
    const answer = await send('/v1/events', body, { ...LINES, authorization: basic(key) });
    expect(await answer.json()).toMatchObject({ accepted: 3, rejected: 3, duplicates: 0 });
    expect(await stored()).toMatchObject({ 'line-1': 'page', 'line-2': 'track', 'line-3': 'page' });
    const reasons = await service.platform.warehouse.query<{ text: string }>(
      'reader',
      `select reasons as text from bronze.rejected_events where reasons like '%Line%'`,
    );
    expect(reasons.map(({ text }) => text)).toEqual([expect.stringContaining('Line 3')]);
  });

  it('of 20,000 are taken; of more none is', async () => {
    const all = (count: number) =>
      Array.from({ length: count }, (_, index) => page(`bulk-${index}`)).join('\n');
    const headers = { ...LINES, authorization: basic(key) };
    expect((await send('/v1/events', all(20_001), headers)).status).toBe(413);
    const answer = await send('/v1/events', all(20_000), headers);
    expect(await answer.json()).toMatchObject({ accepted: 20_000, rejected: 0 });
  });

  it('need a key and something in them', async () => {
    expect((await send('/v1/events', page('x'), LINES)).status).toBe(401);
    const headers = { ...LINES, authorization: basic(key) };
    expect((await send('/v1/events', '\n\n', headers)).status).toBe(400);
  });
});

describe('a dry run', () => {
  const examine = async (body: object) =>
    ((await (await service.post('/v1/validate', body, key)).json()) as { data: object[] }).data;

  it('tells what would be rejected and every reason, and stores nothing', async () => {
    const before = await stored();
    const good = { type: 'page', anonymousId: 'v', name: 'A', messageId: 'dry' };
    const bad = { type: 'track', event: 'Order Completed', userId: 'u', properties: { total: [] } };
    const [first, second, third] = await examine({ batch: [good, bad, 7] });
    expect(first).toEqual({ index: 0, outcome: 'accepted', contract: 'page', reasons: [] });
    expect(second).toMatchObject({ index: 1, outcome: 'rejected', contract: 'order_completed' });
    const { reasons } = second as { reasons: { path: string }[] };
    expect(reasons.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/properties/order_id', '/properties/total']),
    );
    expect(third).toMatchObject({ outcome: 'rejected', reasons: [{ code: 'invalid_event' }] });
    expect(await examine(good)).toMatchObject([{ outcome: 'accepted' }]);
    expect(await stored()).toEqual(before);
  });

  it('needs a write key', async () => {
    expect((await service.post('/v1/validate', { type: 'page' }, 'ck_none')).status).toBe(401);
  });
});

describe('a robot', () => {
  const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

  it.each([
    ['by the user agent in the context', 'page', { context: { userAgent: GOOGLEBOT } }, {}, true],
    ['by its own user agent', 'page', {}, { 'user-agent': GOOGLEBOT }, true],
    ['not where a person is named', 'page', { context: { userAgent: FIREFOX } }, {}, false],
    [
      'not by the library of a server',
      'track',
      { event: 'Wave' },
      { 'user-agent': 'axios' },
      false,
    ],
  ])('is told %s', async (name, type, more, headers, isBot) => {
    const body = page(`robot ${name}`, { type, ...more });
    const given = { 'content-type': 'application/json', authorization: basic(key), ...headers };
    expect((await send(`/v1/${type}`, body, given as Record<string, string>)).status).toBe(200);
    const rows = await service.platform.warehouse.query(
      'reader',
      'select is_bot from bronze.events where message_id = {id:String}',
      { id: `robot ${name}` },
    );
    expect(rows).toEqual([{ is_bot: isBot }]);
  });
});
