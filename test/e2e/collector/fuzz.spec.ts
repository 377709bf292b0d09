/** Whatever JSON is sent, the collector answers with a known status and counts each item. */
import fc from 'fast-check';
import type { Acknowledgement } from '../../../src/ingest/index.js';
import { startTestService, type TestService } from '../../support/service.js';
import { problemOf } from './problems.js';

const SEED = 20_260_301;
const STATUSES = [200, 400, 401, 413, 415];
/** Mostly the first, now and then the second, which spoils every event that it stands in. */
const rarely = <T, U>(usual: fc.Arbitrary<T>, poison: fc.Arbitrary<U>) =>
  fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: poison });
const anyKey = rarely(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('type', 'event', 'userId', 'messageId', 'timestamp', 'context', 'page'),
    fc.constantFrom('properties', 'traits', 'email', 'url', 'writeKey', 'sentAt', 'toString'),
    fc.constantFrom('campaign', 'source', 'userAgent', 'location', 'ip', 'address'),
  ),
  fc.constantFrom('__proto__', 'constructor', 'prototype'),
);
const anyLeaf = rarely(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, true, false, 0, 0.1, ''),
    fc.integer(),
    fc.constantFrom('track', 'Order Completed', 'a@b.co', '2026-01-01T00:00:00Z', '\ud800', '\0'),
    fc.constantFrom('https://x.example/?email=a%40b.co&%00=%ED%A0%80', '+43 664 1234567'),
  ),
  fc.constantFrom(2 ** 53, -1e300, 1e15 + 0.5),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyLeaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(anyKey, tie('json'), { maxKeys: 6 }),
  ),
}));
const anyObject = fc.dictionary(anyKey, json, { maxKeys: 6 });
/** Mostly what is expected in the field, else anything. */
const mostly = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: json });
const event = fc.record(
  {
    type: mostly(fc.constantFrom('track', 'page', 'identify', 'screen', 'alias')),
    event: mostly(fc.constantFrom('Order Completed', 'Signed Up', 'Ünïcode 😀')),
    anonymousId: mostly(fc.uuid()),
    userId: mostly(fc.string({ minLength: 1, unit: 'binary' })),
    messageId: mostly(fc.string({ unit: 'binary', maxLength: 110 })),
    timestamp: mostly(fc.constantFrom('2026-01-01', '2026-01-01T00:00:00+14:00', '9999-12-31')),
    context: mostly(anyObject),
    traits: mostly(anyObject),
    properties: mostly(anyObject),
  },
  { requiredKeys: ['type', 'anonymousId'] },
);

describe('arbitrary JSON', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
  });

  async function check(response: Response, items: number): Promise<void> {
    expect(STATUSES).toContain(response.status);
    if (response.status !== 200) {
      await problemOf(response, [key]);
      return;
    }
    const { success, accepted, rejected, duplicates } = (await response.json()) as Acknowledgement;
    expect([success, accepted + rejected + duplicates]).toEqual([true, items]);
  }

  it('as a body', async () => {
    const calls = fc.constantFrom('track', 'page', 'identify', 'batch');
    const property = fc.asyncProperty(calls, fc.oneof(json, event), async (call, body) => {
      await check(await service.post(`/v1/${call}`, JSON.stringify(body), key), 1);
    });
    await fc.assert(property, { numRuns: 150, seed: SEED });
  });

  it('as the items of a batch, with any context and time of sending', async () => {
    const items = fc.array(mostly(event), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(items, json, json, async (batch, context, sentAt) => {
      const response = await service.post('/v1/batch', { batch, context, sentAt }, key);
      expect(response.status).toBe(200);
      await check(response, batch.length);
    });
    await fc.assert(property, { numRuns: 150, seed: SEED });
  });

  it('comes through the models, once each', async () => {
    expect(['published', 'held']).toContain((await service.run('streaming')).status);
    const counts = await service.platform.warehouse.queryOne<Record<string, string>>(
      'reader',
      `select (select uniqExact(source, message_id) from bronze.events) as received,
        (select count() from silver.events) as kept`,
    );
    expect(Number(counts['received'])).toBeGreaterThan(50);
    expect(counts['kept']).toBe(counts['received']);
  });
});
