/** An event counts once however often it is sent; without id and timestamp it cannot be told. */
import type { JsonObject } from '../../../src/contracts/json.js';
import type { Acknowledgement } from '../../../src/ingest/index.js';
import { startTestService, type TestService } from '../../support/service.js';

const AT = '2026-02-03T04:05:06Z';

describe('the same event', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
  });

  const send = async (path: string, body: JsonObject, as = key): Promise<Acknowledgement> => {
    const response = await service.post(path, body, as);
    expect(response.status).toBe(200);
    return (await response.json()) as Acknowledgement;
  };
  const page = (userId: string, more: JsonObject = {}) => ({ type: 'page', userId, ...more });

  /** How often silver has the user's events, after a run. */
  async function keptOf(userId: string): Promise<number> {
    expect((await service.run('streaming')).status).toBe('published');
    const sql = 'select count() as n from silver.events where user_id = {userId:String}';
    return Number(
      (await service.platform.warehouse.queryOne<{ n: string }>('reader', sql, { userId })).n,
    );
  }

  it('twice in one request', async () => {
    const event = page('one-request', { messageId: 'm-1' });
    expect(await send('/v1/batch', { batch: [event, event] })).toMatchObject({
      accepted: 1,
      duplicates: 1,
    });
    expect(await keptOf('one-request')).toBe(1);
  });

  it.each<[string, JsonObject]>([
    ['with an id', { messageId: 'm-2' }],
    ['with an id and a timestamp', { messageId: 'm-3', timestamp: AT }],
  ])('in two requests, %s, before and after a run', async (name, more) => {
    const event = page(name, more);
    expect(await send('/v1/page', event)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await keptOf(name)).toBe(1);
    expect(await send('/v1/page', event)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await keptOf(name)).toBe(1);
  });

  it('in one batch that is sent 100 times at once', async () => {
    const batch = Array.from({ length: 20 }, (_, index) =>
      page('at-once', { messageId: `m-4-${index}`, timestamp: AT }),
    );
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send('/v1/batch', { batch })),
    );
    expect(answers.every((told) => told.accepted + told.duplicates === batch.length)).toBe(true);
    const { n } = await service.platform.warehouse.queryOne<{ n: string }>(
      'reader',
      `select count() as n from bronze.events where startsWith(message_id, 'm-4-')`,
    );
    const kept = await keptOf('at-once');
    process.stderr.write(
      `a batch 100 times: sent ${100 * batch.length}, in bronze ${n}, in silver ${kept}\n`,
    );
    // Requests that overlap cannot know of each other, which is why silver is the authority.
    expect(Number(n)).toBeGreaterThan(batch.length);
    expect(kept).toBe(batch.length);
  });

  it('without an id but with a timestamp, in another order of keys', async () => {
    const event = { userId: 'no-id', timestamp: AT, properties: { a: 1, b: 2 }, type: 'page' };
    const other = { type: 'page', properties: { b: 2, a: 1 }, timestamp: AT, userId: 'no-id' };
    await send('/v1/page', event);
    const batch = [{ ...other, sentAt: '2026-02-03T05:00:00Z' }];
    expect(await send('/v1/batch', { batch })).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await keptOf('no-id')).toBe(1);
  });

  it('without either, twice', async () => {
    const event = page('neither');
    expect(await send('/v1/batch', { batch: [event, event] })).toMatchObject({ accepted: 2 });
    expect(await keptOf('neither')).toBe(2);
  });

  it('from another source is another event', async () => {
    const { apiKeys } = service.platform;
    const { key: other } = await apiKeys.create('kiosk', ['events:write'], 'kiosk');
    const event = page('two-sources', { messageId: 'm-5' });
    expect(await send('/v1/page', event)).toMatchObject({ accepted: 1 });
    expect(await send('/v1/page', event, other)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await keptOf('two-sources')).toBe(2);
  });
});
