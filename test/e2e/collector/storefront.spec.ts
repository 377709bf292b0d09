/** What a browser on the shop's own origin needs: preflight and answer of the collector only. */
import { startTestService, type TestService } from '../../support/service.js';

const ORIGIN = 'https://shop.example';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});

describe('a page of another origin', () => {
  const preflight = (path: string) =>
    fetch(`${service.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('may post to the collector, and remembers that it may', async () => {
    const answer = await preflight('/v1/batch');
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/content-type/);
    expect(Number(answer.headers.get('access-control-max-age'))).toBeGreaterThan(600);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('may read the answer, also where it is an error', async () => {
    const key = await service.key('events:write');
    const post = (authorization: string) =>
      fetch(`${service.url}/v1/page`, {
        method: 'POST',
        headers: { origin: ORIGIN, 'content-type': 'application/json', authorization },
        body: JSON.stringify({ anonymousId: 'a', name: 'Home' }),
      });
    const taken = await post(`Basic ${Buffer.from(`${key}:`).toString('base64')}`);
    expect([taken.status, taken.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const refused = await post('Basic bm9uZTo=');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      '*',
    ]);
  });

  it.each(['/api/v1/sales/summary', '/api/v1/access/keys', '/graphql'])(
    'may not reach %s',
    async (path) => {
      const answer = await preflight(path);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('an event that a batch rejects before its contract', () => {
  it('keeps no trait in the clear either', async () => {
    const key = await service.key('events:write');
    const event = {
      type: 'identify',
      userId: 'u1',
      timestamp: 'not a time',
      traits: { gender: 'canary-gender', plan: 'gold', email: 'canary@example.com' },
      context: { traits: { diagnosis: 'canary-diagnosis' } },
    };
    const answer = await service.post('/v1/batch', { batch: [event, 'canary@example.com'] }, key);
    expect(await answer.json()).toMatchObject({ accepted: 0, rejected: 2 });
    const rows = await service.platform.warehouse.query<{ payload: string }>(
      'reader',
      'select payload from bronze.rejected_events order by message_id, payload',
    );
    expect(rows).toHaveLength(2);
    const kept = rows.map(({ payload }) => payload).join('\n');
    expect(kept).not.toMatch(/canary/);
    expect(kept).toMatch(/gold/);
    const originals = await service.platform.vault.open('u1');
    expect(originals.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['"canary-gender"', '"canary-diagnosis"', 'canary@example.com']),
    );
  });
});
