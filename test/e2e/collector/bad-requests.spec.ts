/** Requests that cannot be taken: a 4xx with a coded problem, nothing stored, nothing echoed. */
import { startTestService, type TestService } from '../../support/service.js';
import { problemOf } from './problems.js';

const CANARY = 'canary-7f3a';
const page = (more: object = {}) => ({ anonymousId: CANARY, name: CANARY, ...more });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
/** Text, since an object literal cannot hold the key __proto__ nor a number such as 1e999. */
const withProperty = (json: string) => `{"userId":"${CANARY}","properties":${json}}`;
/** A page call of exactly so many bytes. */
const ofBytes = (bytes: number) => {
  const empty = JSON.stringify(page({ properties: { a: '' } })).length;
  return JSON.stringify(page({ properties: { a: 'x'.repeat(bytes - empty) } }));
};
const batchOf = (length: number) => ({ batch: Array.from({ length }, () => ({})), note: CANARY });

type Case = [name: string, path: string, body: unknown, status: number, code: string];
const CASES: Case[] = [
  ['bad JSON', '/v1/page', `{"name":"${CANARY}",}`, 400, 'malformed_json'],
  ['an empty body', '/v1/page', '', 400, 'malformed_json'],
  ['an empty batch body', '/v1/batch', '', 400, 'malformed_json'],
  ['a body that is a list', '/v1/page', [page()], 400, 'invalid_event'],
  ['a body that is null', '/v1/page', 'null', 400, 'invalid_event'],
  ['a body that is a text', '/v1/batch', JSON.stringify(CANARY), 400, 'invalid_event'],
  ['a request over 500 KB', '/v1/page', ofBytes(500 * 1024 + 1), 413, 'request_too_large'],
  ['an event over 32 KB', '/v1/page', ofBytes(32 * 1024 + 1), 413, 'event_too_large'],
  ['41 levels', '/v1/page', withProperty(nested(40)), 400, 'too_deep'],
  ['200,000 levels', '/v1/page', withProperty(nested(200_000)), 400, 'too_deep'],
  ['200,000 levels in a batch', '/v1/batch', `{"batch":${nested(200_000)}}`, 400, 'too_deep'],
  ['33 levels in one event', '/v1/page', withProperty(nested(32)), 400, 'too_deep'],
  ['__proto__', '/v1/page', withProperty('{"__proto__":{"a":1}}'), 400, 'forbidden_key'],
  ['constructor', '/v1/page', withProperty('{"a":[{"constructor":1}]}'), 400, 'forbidden_key'],
  ['beyond 2^53', '/v1/page', withProperty('{"id":9007199254740993}'), 400, 'number_out_of_range'],
  ['1e999', '/v1/page', withProperty('{"id":1e999}'), 400, 'number_out_of_range'],
  ['a timestamp of garbage', '/v1/page', page({ timestamp: CANARY }), 400, 'invalid_event'],
  ['a timestamp of 1969', '/v1/page', page({ timestamp: '1969-12-31' }), 400, 'invalid_event'],
  ['a far future', '/v1/page', page({ timestamp: '2999-01-01T00:00:00Z' }), 400, 'invalid_event'],
  ['no batch', '/v1/batch', page(), 400, 'invalid_batch'],
  ['an empty batch', '/v1/batch', batchOf(0), 400, 'invalid_batch'],
  ['2,501 events', '/v1/batch', batchOf(2501), 400, 'invalid_batch'],
  ['a batch that is no list', '/v1/batch', { batch: page() }, 400, 'invalid_batch'],
  ['an unknown path', '/v1/tracks', page(), 404, 'not_found'],
  ['a URL that cannot be read', '/v1/%zz', page(), 404, 'not_found'],
];

describe('a request that cannot be taken', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
  });

  const send = (path: string, init: RequestInit) => fetch(`${service.url}${path}`, init);
  const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
  const json = { 'content-type': 'application/json' };

  it.each(CASES)('%s', async (_, path, body, status, code) => {
    const problem = await problemOf(await service.post(path, body, key), [CANARY, key]);
    expect([problem.status, problem.code]).toEqual([status, code]);
  });

  it.each([
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'garbage',
  ])('of the content type %s', async (type) => {
    const headers = { 'content-type': type, authorization: basic(key) };
    const body = JSON.stringify(page());
    const problem = await problemOf(await send('/v1/page', { method: 'POST', headers, body }));
    expect([problem.status, problem.code]).toEqual([415, 'unsupported_content_type']);
  });

  it('without a body and a content type', async () => {
    const headers = { authorization: basic(key) };
    const problem = await problemOf(await send('/v1/page', { method: 'POST', headers }));
    expect([problem.status, problem.code]).toEqual([400, 'invalid_event']);
  });

  it('that is not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const headers = { ...json, authorization: basic(key) };
    const problem = await problemOf(await send('/v1/page', { method: 'POST', headers, body }));
    expect([problem.status, problem.code]).toEqual([400, 'malformed_json']);
  });

  it.each<[string, Record<string, string>, object]>([
    ['no key', {}, {}],
    ['an unknown key', { authorization: basic(`ck_${CANARY}`) }, {}],
    ['an unknown key in the body', {}, { writeKey: `ck_${CANARY}` }],
    ['a key that is no text', {}, { writeKey: { a: 1 } }],
    ['an endless key', {}, { writeKey: CANARY.repeat(100) }],
    ['another scheme', { authorization: `Bearer ${CANARY}` }, {}],
    ['Basic of garbage', { authorization: 'Basic %%%' }, {}],
    ['NUL in the key', { authorization: basic(`${CANARY}\u0000`) }, {}],
  ])('with %s', async (_, headers, more) => {
    const body = JSON.stringify(page(more));
    const init = { method: 'POST', headers: { ...json, ...headers }, body };
    const problem = await problemOf(await send('/v1/page', init), [CANARY]);
    expect([problem.status, problem.code]).toEqual([401, 'unauthorized']);
  });

  it('with a key for reading, or one that was revoked', async () => {
    const reading = await service.key('sales:read');
    const forbidden = await problemOf(await service.post('/v1/page', page(), reading), [reading]);
    expect([forbidden.status, forbidden.code]).toEqual([403, 'forbidden']);
    const { apiKeys } = service.platform;
    const { key: revoked } = await apiKeys.create('for-a-while', ['events:write']);
    const event = { userId: 'kept', messageId: 'before-revocation' };
    expect((await service.post('/v1/page', event, revoked)).status).toBe(200);
    await apiKeys.revoke('for-a-while');
    const refused = await problemOf(await service.post('/v1/page', event, revoked), [revoked]);
    expect([refused.status, refused.code]).toEqual([401, 'unauthorized']);
  });

  it.each([
    ['GET', '/v1/track'],
    ['PUT', '/v1/track'],
    ['DELETE', '/v1/batch'],
    ['GET', '/nowhere'],
    ['GET', `/${'x'.repeat(300)}`],
  ])('%s %s', async (method, path) => {
    const problem = await problemOf(await send(path, { method }));
    expect([problem.status, problem.code]).toEqual([404, 'not_found']);
  });

  it('leaves nothing in the warehouse', async () => {
    const counts = await service.platform.warehouse.query(
      'reader',
      `select (select groupArray(message_id) from bronze.events) as events,
        (select count() from bronze.rejected_events) as rejected`,
    );
    expect(counts).toEqual([{ events: ['before-revocation'], rejected: '0' }]);
  });
});
