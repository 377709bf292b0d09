/**
 * A shop of which every part of an explanation holds something: tracked orders and a loaded file,
 * a test order, one that was deleted, one that failed a row check, and an event that broke its
 * contract.
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { LoadClient, mappingOf } from '../sources/load-client.js';

export const RANGE = { from: '2026-03-01', to: '2026-04-01' };

export interface CatalogShop extends TestService {
  readKey: string;
  adminKey: string;
}

const AT = '2026-03-10T10:00:00Z';

const EVENTS: JsonObject[] = [
  orderCompleted('1', { at: AT, price: 40, user: 'user-1' }),
  orderCompleted('2', { at: '2026-03-12T10:00:00Z', price: 12.5, quantity: 2 }),
  orderCompleted('old', { at: '2026-01-12T10:00:00Z', price: 99 }),
  orderCompleted('test', { at: AT, price: 7, properties: { is_test: true } }),
  // Lines that cannot be stored exactly are set aside by a row check.
  orderCompleted('huge', { at: AT, price: 900_000_000_000, quantity: 1_000_000 }),
];

const BROKEN: JsonObject = {
  type: 'track',
  event: 'Order Completed',
  messageId: 'broken',
  anonymousId: 'visitor-broken',
  timestamp: AT,
  properties: { currency: 'USD' },
};

const ORDERS = ['id,at,total', 'f-1,2026-03-15T09:00:00Z,30.00', 'f-2,2026-03-16T09:00:00Z,5.00'];

/** As the comparison with the shop's database leaves it: marked, with its last payload. */
const DELETED = {
  ...{ origin: 'shop_database', source: 'shop', entity: 'orders', record_id: 'gone' },
  ...{ source_key: '9', version_at: '2026-03-11 00:00:00.000', sequence: 1, is_deleted: true },
  ...{ content_hash: '', load_id: '' },
  payload: JSON.stringify({ order_id: 'gone', placed_at: AT, total: '8', currency: 'USD' }),
};

export async function openCatalogShop(): Promise<CatalogShop> {
  const service = await startTestService();
  const writeKey = await service.key('events:write');
  const batch = [...EVENTS, BROKEN];
  const sent = await service.post('/v1/batch', { batch }, writeKey);
  expect(await sent.json()).toMatchObject({ accepted: EVENTS.length, rejected: 1 });
  const client = new LoadClient(service, await service.key('pipelines:run'));
  const fields = { order_id: 'id', placed_at: 'at', total: 'total' };
  const load = await client.load({
    entity: 'orders',
    name: 'orders.csv',
    mapping: mappingOf('till', fields, { currency: 'USD' }),
    content: ORDERS.join('\n'),
  });
  expect(load).toMatchObject({ status: 'done', counts: { loaded: 2 } });
  await service.platform.warehouse.insertLines('bronze.records', Object.keys(DELETED), [
    JSON.stringify(DELETED),
  ]);
  expect(await service.run('streaming')).toMatchObject({ status: 'published' });
  const readKey = await service.key('sales:read');
  return { ...service, readKey, adminKey: await service.key('admin') };
}
