/** Each call of the tracking API from the request to the bronze row and on to silver. */
import request from 'supertest';
import type { JsonObject } from '../../../src/contracts/json.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';

const AT = '2026-02-03T04:05:06.789Z';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 ' +
  '(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
const ONE = { success: true, accepted: 1, rejected: 0, duplicates: 0 };

describe('the tracking API', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
  });

  const api = () => request(service.url);
  const bronze = (id: string) =>
    service.platform.warehouse.query<Record<string, unknown>>(
      'reader',
      'select * except _loaded_at from bronze.events where message_id = {id:String}',
      { id },
    );
  const silver = (id: string) =>
    service.platform.warehouse.query<Record<string, unknown>>(
      'reader',
      'select * from silver.events where message_id = {id:String}',
      { id },
    );

  it('stores a track call with its typed columns, and silver lifts its properties', async () => {
    const body: JsonObject = {
      ...orderCompleted('o-1', { at: AT, user: 'u-1', properties: { currency: 'eur' } }),
      event: 'order_completed',
      context: {
        userAgent: IPHONE,
        location: { country: 'at' },
        page: {
          url: 'https://shop.example/thanks?utm_source=letter&utm_medium=email&utm_campaign=may',
          path: '/thanks?step=2',
          referrer: 'https://www.google.com/',
        },
      },
    };
    const answer = await api().post('/v1/track').auth(key, '').send(body);
    expect([answer.status, answer.body]).toEqual([200, ONE]);
    const [row, ...others] = await bronze('order-o-1');
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      source: 'web',
      call: 'track',
      event: 'Order Completed',
      contract_version: 1,
      anonymous_id: 'visitor-o-1',
      user_id: 'u-1',
      occurred_at: '2026-02-03 04:05:06.789',
      original_date: '2026-02-03',
      has_client_timestamp: true,
      country: 'AT',
      device_type: 'mobile',
      os: 'iOS',
      browser: 'Safari',
      channel: 'email',
      page_path: '/thanks',
      referrer_host: 'google.com',
      utm_source: 'letter',
      utm_medium: 'email',
      utm_campaign: 'may',
      currency: 'EUR',
    });
    expect(JSON.parse(String(row!['payload']))).toMatchObject({
      properties: body['properties'],
    });
    expect((await service.run('streaming')).status).toBe('published');
    expect(await silver('order-o-1')).toMatchObject([
      { visitor_id: 'visitor-o-1', order_id: 'o-1', event: 'Order Completed', currency: 'EUR' },
    ]);
  });

  it.each([
    ['page', { name: 'Home', properties: { path: '/home' } }, { page_path: '/home', event: '' }],
    ['identify', { userId: 'u-2', traits: { plan: 'gold' } }, { user_id: 'u-2', event: '' }],
    ['track', { event: 'Signed Up' }, { event: 'Signed Up', has_client_timestamp: false }],
  ])('stores a %s call with the key in the body', async (call, given, expected) => {
    const messageId = `body-key-${call}`;
    const body = { ...given, messageId, anonymousId: 'visitor', writeKey: key };
    const answer = await api().post(`/v1/${call}`).send(body);
    expect([answer.status, answer.body]).toEqual([200, ONE]);
    const [row] = await bronze(messageId);
    expect(row).toMatchObject({ call, currency: 'USD', ...expected });
    expect(JSON.stringify(row)).not.toContain(key);
    expect((await service.run('streaming')).status).toBe('published');
    expect(await silver(messageId)).toMatchObject([{ call, visitor_id: 'visitor' }]);
  });

  it('takes a batch of every call and counts what became of each', async () => {
    const event = (type: string, messageId: string, more: object = {}) => ({
      type,
      messageId,
      anonymousId: 'b',
      ...more,
    });
    const batch = [
      event('track', 'b-1', { event: 'Signed Up', writeKey: key }),
      event('page', 'b-2'),
      event('identify', 'b-3'),
      event('screen', 'b-4'),
      event('page', 'b-2'),
      event('purchase', 'b-5'),
      event('track', 'b-6', { event: 'Order Completed', properties: {} }),
    ];
    const answer = await api().post('/v1/batch').auth(key, '').send({ batch });
    expect([answer.status, answer.body]).toEqual([
      200,
      { success: true, accepted: 4, rejected: 2, duplicates: 1 },
    ]);
    const stored = await service.platform.warehouse.query<{ message_id: string; payload: string }>(
      'reader',
      `select message_id, payload from bronze.events where startsWith(message_id, 'b-')
       order by message_id`,
    );
    expect(stored.map((row) => row.message_id)).toEqual(['b-1', 'b-2', 'b-2', 'b-3', 'b-4']);
    expect(JSON.stringify(stored)).not.toContain(key);
    const rejected = await service.platform.warehouse.query(
      'reader',
      `select message_id, event, contract from bronze.rejected_events order by message_id`,
    );
    expect(rejected).toEqual([
      { message_id: 'b-5', event: 'purchase', contract: 'track' },
      { message_id: 'b-6', event: 'Order Completed', contract: 'order_completed' },
    ]);
  });

  it('corrects the clock of a client that says when it sent', async () => {
    const hour = 3_600_000;
    const now = Date.now();
    const iso = (ms: number) => new Date(ms).toISOString();
    const body = {
      batch: [{ type: 'page', messageId: 'skewed', userId: 'u', timestamp: iso(now - 6 * hour) }],
      sentAt: iso(now - 5 * hour),
    };
    expect((await service.post('/v1/batch', body, key)).status).toBe(200);
    const [row] = await bronze('skewed');
    const occurred = Date.parse(`${String(row!['occurred_at']).replace(' ', 'T')}Z`);
    expect(Math.abs(occurred - (now - hour))).toBeLessThan(30_000);
    expect(row!['original_date']).toBe(iso(now - 6 * hour).slice(0, 10));
  });

  it('publishes the contracts', async () => {
    const answer = await api().get('/v1/contracts');
    expect(answer.status).toBe(200);
    const names = (answer.body as { data: { name: string }[] }).data.map(({ name }) => name);
    expect(names).toContain('order_completed');
  });
});
