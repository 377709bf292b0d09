/** What arrives against what is declared: counts, names and types, and never a value. */
import type { TrackedEvent, Tracking } from '../../../src/ingest/index.js';
import type { JsonObject } from '../../../src/contracts/json.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { problemOf } from './problems.js';

const PATH = '/api/v1/pipelines/tracking';
const SECRET = 'value-that-is-nobodys-business';
const EMAIL = 'jane.quodlibet@example.com';

let service: TestService;
let key: string;

async function send(source: string, batch: JsonObject[]): Promise<void> {
  const name = `${source}-${Math.random()}`;
  const { key: writeKey } = await service.platform.apiKeys.create(name, ['events:write'], source);
  const response = await service.post('/v1/batch', { batch }, writeKey);
  expect(response.status).toBe(200);
}

async function read(parameters = ''): Promise<Tracking> {
  const response = await service.get(`${PATH}${parameters}`, key);
  const answer = (await response.json()) as { data: Tracking };
  expect([response.status, answer]).toEqual([200, answer]);
  return answer.data;
}

async function eventsOf(source: string): Promise<Record<string, TrackedEvent>> {
  const { sources } = await read(`?source=${source}`);
  return Object.fromEntries(sources[0]!.events.map((event) => [event.event || event.call, event]));
}

const viewed = (n: number, properties: JsonObject): JsonObject => ({
  ...{ type: 'track', event: 'Product Viewed', messageId: `viewed-${n}`, userId: 'u' },
  properties: { product_id: 'p1', name: SECRET, ...properties },
});

beforeAll(async () => {
  service = await startTestService();
  key = await service.key('pipelines:run');
  await send('web', [
    viewed(1, { price: 10, colour: SECRET }),
    viewed(2, { price: '10.50', colour: 7, [EMAIL]: 1 }),
    viewed(3, { price: null }),
    viewed(4, { price: 9.5 }),
    { ...viewed(5, { price: { amount: 10 } }), event: 'product_viewed' },
    orderCompleted('1', {
      at: new Date().toISOString(),
      properties: {
        products: [
          { sku: 's', price: '5', gift: true },
          { sku: 's', price: 5 },
        ],
      },
    }),
    { type: 'track', event: 'Basket Shaken', userId: 'u', properties: { how: SECRET } },
    { type: 'page', userId: 'u', properties: { title: SECRET, path: '/' } },
    { type: 'page', properties: { title: SECRET } },
  ]);
  await send('other', [viewed(1, {})]);
});

describe('the tracking of a source', () => {
  it('counts what arrived, what was rejected, and when', async () => {
    const events = await eventsOf('web');
    expect(Object.keys(events).sort()).toEqual([
      ...['Basket Shaken', 'Order Completed', 'Product Viewed', 'page'],
    ]);
    expect(events['Product Viewed']).toMatchObject({
      ...{ events: 4, rejected: 1, sampled_events: 5, sampled: false },
      ...{ is_declared: true, contract: 'product_viewed', call: 'track' },
    });
    expect(events['page']).toMatchObject({ events: 1, rejected: 1, is_declared: true });
    expect(events['Basket Shaken']).toMatchObject({ is_declared: false, contract: 'track' });
    const { first_seen: first, last_seen: last } = events['Product Viewed']!;
    expect(first <= last && Date.now() - Date.parse(first) < 600_000).toBe(true);
  });

  it('names properties that the contract does not know, with share and types', async () => {
    const events = await eventsOf('web');
    const token = service.platform.tokeniser.token('email', EMAIL);
    expect(events['Product Viewed']!.undeclared_properties).toEqual(
      [
        {
          ...{ name: 'colour', share: 0.4 },
          types: expect.arrayContaining([
            { type: 'string', share: 0.2 },
            { type: 'integer', share: 0.2 },
          ]),
        },
        { name: token, share: 0.2, types: [{ type: 'integer', share: 0.2 }] },
        { name: 'price.amount', share: 0.2, types: [{ type: 'integer', share: 0.2 }] },
      ].sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1)),
    );
    expect(events['Order Completed']!.undeclared_properties).toEqual([
      { name: 'products[].gift', share: 1, types: [{ type: 'boolean', share: 1 }] },
    ]);
    expect(events['Basket Shaken']!.undeclared_properties).toMatchObject([{ name: 'how' }]);
  });

  it('tells types that are not declared, and types that are mixed', async () => {
    const events = await eventsOf('web');
    expect(events['Product Viewed']!.type_drift).toEqual([
      {
        ...{ name: 'price', kind: 'not_declared', declared: ['number', 'string', 'null'] },
        seen: expect.arrayContaining([
          ...['string', 'integer', 'number', 'null', 'object'].map((type) => ({
            type,
            share: 0.2,
          })),
        ]),
      },
    ]);
    expect(events['Order Completed']!.type_drift).toMatchObject([
      { name: 'products[].price', kind: 'mixed', declared: ['number', 'string'] },
    ]);
  });

  it('names what is declared and never comes', async () => {
    const events = await eventsOf('web');
    expect(events['Product Viewed']!.never_seen_properties).toEqual(
      expect.arrayContaining(['brand', 'currency', 'sku']),
    );
    expect(events['Product Viewed']!.never_seen_properties).not.toContain('price');
    expect(events['Basket Shaken']!.never_seen_properties).toEqual([]);
    const [web] = (await read('?source=web')).sources;
    expect(web!.never_arrived).toContain('Cart Viewed');
    expect(web!.never_arrived).not.toContain('Product Viewed');
    const [nobody] = (await read('?source=nobody')).sources;
    expect(nobody).toMatchObject({ source: 'nobody', events: [] });
    expect(nobody!.never_arrived).toContain('Order Completed');
  });

  it('covers all sources unless one is named, each by itself', async () => {
    const { sources, sampled } = await read();
    expect(sampled).toBe(false);
    expect(sources.map(({ source }) => source)).toEqual(['other', 'web']);
    expect(sources[0]!.events).toMatchObject([{ event: 'Product Viewed', events: 1 }]);
  });

  it('covers seven days unless told otherwise', async () => {
    const { from, to } = await read();
    expect(Date.parse(to) - Date.parse(from)).toBe(7 * 86_400_000);
    expect((await read('?to=2026-01-01T00:00:00Z')).sources).toEqual([]);
    expect((await read('?from=2026-01-01')).sources).toHaveLength(2);
  });

  it('shows no value and no personal data', async () => {
    const text = JSON.stringify(await read());
    expect(text).not.toContain(SECRET);
    expect(text.toLowerCase()).not.toContain('quodlibet');
  });
});

describe('a source that sends more than can be looked at', () => {
  it('is sampled, and says so; names are bounded', async () => {
    const long = Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [`property-${n}-${'x'.repeat(n === 0 ? 500 : 1)}`, n]),
    );
    await send('busy', [
      ...Array.from({ length: 700 }, (_, n) => viewed(n, { size: n })),
      { type: 'track', event: 'Wide', userId: 'u', properties: long },
    ]);
    const events = await eventsOf('busy');
    expect(events['Product Viewed']).toMatchObject({ events: 700, sampled: true });
    expect(events['Product Viewed']!.sampled_events).toBe(500);
    expect(events['Product Viewed']!.undeclared_properties).toMatchObject([
      { name: 'size', share: 1 },
    ]);
    const names = events['Wide']!.undeclared_properties.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(200);
    expect(names.length).toBeLessThan(300);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(100);
    expect((await read('?source=busy')).sampled).toBe(true);
  });
});

describe('tracking is refused', () => {
  it.each(['events:write', 'sales:read'])('to a key with %s', async (scope) => {
    const response = await service.get(PATH, await service.key(scope));
    expect(await problemOf(response)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it.each([
    ['event=x', 'invalid_parameter'],
    ['source=a&source=b', 'invalid_parameter'],
    ['from=soon', 'invalid_range'],
    ['from=2026-02-02&to=2026-02-02', 'invalid_range'],
    ['from=2100-01-01', 'invalid_range'],
  ])('for the parameters %s', async (parameters, code) => {
    const response = await service.get(`${PATH}?${parameters}`, key);
    expect(await problemOf(response)).toMatchObject({ status: 400, code });
  });
});
