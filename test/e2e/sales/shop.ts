/**
 * A shop small enough to be reckoned by hand. In USD, January 2026:
 *
 *   order  placed            where, on      who    lines                    discount tax shipping
 *   A      10th 23:30 UTC    DE desktop     ann    2 mugs, 1 shirt = 45            5   4        6
 *   B      11th 10:00        AT mobile      ben    3 mugs = 30                     0   3        0
 *   C      11th 15:20        US mobile      guest  none; revenue 80, gross 88      8   2        5
 *   D      12th 08:00        DE mobile      ann    1 lamp = 12.344                 0   0        0
 *   E      12th 09:00        US desktop     ben    4 shirts = 100                  0  10       10
 *
 * On the 13th 20 of A is refunded (18 goods, 2 tax); on the 14th E is cancelled. One order each
 * stands in EUR (11th) and JPY (12th), and one in USD a year before (11th).
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import { startTestService, type TestService } from '../../support/service.js';

export const RANGE = { from: '2026-01-10', to: '2026-01-16' };

/** Every sales metric of RANGE in USD. */
export const EXPECTED: Record<string, string | number> = {
  gross_sales: '275.34',
  discounts: '13.00',
  refunds: '118.00',
  net_sales: '144.34',
  total_sales: '162.34',
  orders: 5,
  cancelled_orders: 1,
  units: 11,
  customers: 2,
  average_order_value: '52.47',
};

const AGENTS = {
  desktop: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  mobile:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ' +
    '(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
};

const MUG = { product_id: 'p1', name: 'Mug', category: 'Kitchen', brand: 'Acme', price: 10 };
const SHIRT = { product_id: 'p2', name: 'Shirt', category: 'Apparel', brand: 'Acme', price: 25 };
const LAMP = { product_id: 'p3', name: 'Lamp', category: 'Home', price: '12.344' };

export interface OrderEvent {
  event?: string;
  order: string;
  at: string;
  country?: string;
  device?: keyof typeof AGENTS;
  user?: string;
  properties?: JsonObject;
}

export function orderEvent(given: OrderEvent): JsonObject {
  const { event = 'Order Completed', order, at, country = 'DE', device = 'desktop' } = given;
  return {
    type: 'track',
    event,
    messageId: `${event}-${order}`,
    anonymousId: `visitor-${order}`,
    ...(given.user ? { userId: given.user } : {}),
    timestamp: at,
    context: { userAgent: AGENTS[device], location: { country } },
    properties: { order_id: order, currency: 'USD', ...given.properties },
  };
}

const two = (first: JsonObject, ...more: JsonObject[]) => ({ products: [first, ...more] });

const EVENTS: OrderEvent[] = [
  {
    order: 'A',
    at: '2026-01-10T23:30:00Z',
    user: 'ann',
    properties: {
      ...two({ ...MUG, quantity: 2 }, { ...SHIRT, quantity: 1 }),
      discount: 5,
      tax: 4,
      shipping: 6,
    },
  },
  {
    order: 'B',
    at: '2026-01-11T10:00:00Z',
    country: 'AT',
    device: 'mobile',
    user: 'ben',
    properties: { ...two({ ...MUG, quantity: 3 }), tax: 3 },
  },
  {
    order: 'C',
    at: '2026-01-11T15:20:00Z',
    country: 'US',
    device: 'mobile',
    properties: { revenue: 80, discount: 8, tax: 2, shipping: 5 },
  },
  {
    order: 'D',
    at: '2026-01-12T08:00:00Z',
    device: 'mobile',
    user: 'ann',
    properties: two({ ...LAMP, quantity: 1 }),
  },
  {
    order: 'E',
    at: '2026-01-12T09:00:00Z',
    country: 'US',
    user: 'ben',
    properties: { ...two({ ...SHIRT, quantity: 4 }), tax: 10, shipping: 10 },
  },
  {
    event: 'Order Refunded',
    order: 'A',
    at: '2026-01-13T12:00:00Z',
    properties: { total: 20, tax: 2 },
  },
  { event: 'Order Cancelled', order: 'E', at: '2026-01-14T12:00:00Z' },
  {
    order: 'EUR',
    at: '2026-01-11T12:00:00Z',
    country: 'AT',
    properties: { currency: 'EUR', revenue: 200 },
  },
  {
    order: 'JPY',
    at: '2026-01-12T12:00:00Z',
    properties: { currency: 'JPY', revenue: '1500.5' },
  },
  {
    order: 'last-year',
    at: '2025-01-11T12:00:00Z',
    user: 'ann',
    properties: two({ ...MUG, quantity: 1 }),
  },
];

export interface Shop extends TestService {
  writeKey: string;
  readKey: string;
  /** Posts events through the collector and runs the pipeline. */
  take(...events: OrderEvent[]): Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const service = await startTestService();
  const writeKey = await service.key('events:write');
  const readKey = await service.key('sales:read');
  const take = async (...events: OrderEvent[]) => {
    const batch = events.map(orderEvent);
    const response = await service.post('/v1/batch', { batch }, writeKey);
    expect(await response.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
    expect((await service.run('streaming')).status).toBe('published');
  };
  await take(...EVENTS);
  return { ...service, writeKey, readKey, take };
}
