/**
 * A shop small enough to be reckoned by hand. January 2026, UTC:
 *
 *   session visitor  began        where, on   came by                       pages
 *      0    v5       9th 23:55    FR desktop  -                             / · 10th 00:05 /c/mugs
 *      1    v1 ann  10th 10:00    DE desktop  google/cpc/spring, gclid      / /c/lamps /p/lamp /cart
 *      2    v1      12th 09:00    DE desktop  -                             /c/lamps
 *      3    v2      10th 23:50    AT mobile   newsletter/email/weekly       / · 11th 00:05 /c/mugs /p/mug
 *      4    v2      11th 12:00    AT mobile   -                             /p/mug /cart
 *      5    v3      11th 20:00    US desktop  google.com                    /
 *      6    v3 cat  12th 20:00    US desktop  facebook.com                  / /p/lamp
 *      7    v4 dan  13th 08:00    DE mobile   google/cpc/spring             /p/mug /p/lamp
 *      8    v1      14th 12:00    DE server   a note of the shop's server    -
 *
 *   session  searches (results)         views      adds  checkout  order                   seconds
 *      0     -                          mug        -     -         -                           660
 *      1     lamp (3)                   lamp       lamp  yes       A: 2 lamps, 1 mug = 50      600
 *      2     -                          -          -     -         -                             3
 *      3     mug (0)                    mug        mug   -         -                          1500
 *      4     -                          mug        mug   yes       -                           180
 *      5     -                          -          -     -         -                             0
 *      6     lamp (5), unicorn (0),     lamp       -     -         B: 1 lamp = 20              540
 *            after B: mug (not told)
 *      7     -                          mug, lamp  lamp  yes       C: 1 lamp, 3 mugs = 50      300
 *      8     -                          -          -     -         -                             0
 *
 * A has a discount of 5; on the 14th at 15:00 the back office gives one lamp of it, 20, back, which is
 * no visit. On the 13th a robot looks at / and places order R, 1 mug = 10. A lamp is 20,
 * a mug 10.
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import { startTestService, type TestService } from '../../support/service.js';

export const RANGE = { from: '2026-01-10', to: '2026-01-16' };

/** Every metric of behaviour in RANGE. */
export const EXPECTED: Record<string, number> = {
  sessions: 8,
  visitors: 5,
  new_visitors: 4,
  returning_visitors: 1,
  page_views: 16,
  pages_per_session: 1.875,
  average_session_duration: 390.375,
  bounce_rate: 0.25,
  engaged_rate: 0.625,
  conversion_rate: 0.375,
  visitor_conversion_rate: 0.6,
  add_to_cart_rate: 0.5,
  cart_abandonment_rate: 0.5,
  checkout_abandonment_rate: 0.333333,
  product_views: 7,
  adds_to_cart: 4,
  product_buys: 4,
  view_to_cart_rate: 0.571429,
  view_to_buy_rate: 0.571429,
  searches: 5,
  results_per_search: 2,
  zero_result_rate: 0.5,
  search_conversion_rate: 0.666667,
};

const AGENTS = {
  desktop: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  mobile:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ' +
    '(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  robot: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
};

export const LAMP = {
  ...{ product_id: 'lamp', name: 'Desk Lamp', category: 'Lighting', brand: 'Fjell', price: 20 },
};
export const MUG = {
  ...{ product_id: 'mug', name: 'Mug', category: 'Kitchen', brand: 'Kumo', price: 10 },
};

/** Minutes after the start, and what was done: a page opened by its path, or a track call. */
export type Deed =
  [minutes: number, page: `/${string}`] | [minutes: number, event: string, properties: JsonObject];

export interface Visit {
  visitor: string;
  at: string;
  user?: string;
  country?: string;
  on?: keyof typeof AGENTS | 'server';
  /** The query of the landing page. */
  query?: string;
  referrer?: string;
  did: Deed[];
}

const ORIGIN = 'https://shop.example.com';

/** The calls that an SDK makes of a visit; ids follow from the visitor and the time. */
export function callsOf(visit: Visit): JsonObject[] {
  const { visitor, at, user, country = 'DE', on = 'desktop', query = '' } = visit;
  let page: JsonObject | undefined;
  let referrer = visit.referrer ?? '';
  return visit.did.map(([minutes, what, properties], place) => {
    if (what.startsWith('/')) {
      const url = `${ORIGIN}${what}${page ? '' : query}`;
      page = { url, path: what, referrer };
      referrer = url;
    }
    const timestamp = new Date(Date.parse(at) + minutes * 60_000).toISOString();
    return {
      ...(what.startsWith('/') ? { type: 'page' } : { type: 'track', event: what }),
      messageId: `${visitor}-${at}-${place}`,
      anonymousId: visitor,
      ...(user ? { userId: user } : {}),
      timestamp,
      properties: properties ?? {},
      context: {
        location: { country },
        ...(on === 'server' ? { channel: 'server' } : { userAgent: AGENTS[on] }),
        ...(page ? { page } : {}),
      },
    };
  });
}

export const order = (order_id: string, products: JsonObject[], more: JsonObject = {}) => ({
  ...{ order_id, currency: 'USD', products, ...more },
});

export const VISITS: Visit[] = [
  {
    ...{ visitor: 'v5', at: '2026-01-09T23:55:00Z', country: 'FR' },
    did: [
      [0, '/'],
      [10, '/c/mugs'],
      [11, 'Product Viewed', MUG],
    ],
  },
  {
    ...{ visitor: 'v1', at: '2026-01-10T10:00:00Z', user: 'ann' },
    referrer: 'https://www.google.com/',
    query: '?utm_source=google&utm_medium=cpc&utm_campaign=spring&utm_term=lamps&gclid=g1',
    did: [
      [0, '/'],
      [1, '/c/lamps'],
      [2, 'Products Searched', { query: 'Lamp ', results: 3 }],
      [3, '/p/lamp'],
      [3.1, 'Product Viewed', LAMP],
      [5, 'Product Added', { ...LAMP, quantity: 2 }],
      [6, '/cart'],
      [7, 'Checkout Started', {}],
      [
        10,
        'Order Completed',
        order(
          'A',
          [
            { ...LAMP, quantity: 2 },
            { ...MUG, quantity: 1 },
          ],
          { discount: 5 },
        ),
      ],
    ],
  },
  {
    ...{ visitor: 'v1', at: '2026-01-12T09:00:00Z' },
    did: [
      [0, '/c/lamps'],
      [0.05, 'Product List Viewed', { list_id: 'lamps', products: [LAMP] }],
    ],
  },
  {
    ...{ visitor: 'v2', at: '2026-01-10T23:50:00Z', country: 'AT', on: 'mobile' },
    query: '?utm_source=newsletter&utm_medium=email&utm_campaign=weekly&utm_content=top',
    did: [
      [0, '/'],
      [2, 'Products Searched', { query: 'mug', results: 0 }],
      [15, '/c/mugs'],
      [20, '/p/mug'],
      [20.5, 'Product Viewed', MUG],
      [25, 'Product Added', { ...MUG, quantity: 1 }],
    ],
  },
  {
    ...{ visitor: 'v2', at: '2026-01-11T12:00:00Z', country: 'AT', on: 'mobile' },
    did: [
      [0, '/p/mug'],
      [0.1, 'Product Viewed', MUG],
      [1, 'Product Added', { ...MUG, quantity: 1 }],
      [2, '/cart'],
      [3, 'Checkout Started', {}],
    ],
  },
  {
    ...{ visitor: 'v3', at: '2026-01-11T20:00:00Z', country: 'US' },
    referrer: 'https://www.google.com/',
    did: [[0, '/']],
  },
  {
    ...{ visitor: 'v3', at: '2026-01-12T20:00:00Z', country: 'US', user: 'cat' },
    referrer: 'https://www.facebook.com/',
    did: [
      [0, '/'],
      [1, 'Products Searched', { query: 'lamp', results: 5 }],
      [2, 'Products Searched', { query: 'Unicorn', results: 0 }],
      [3, '/p/lamp'],
      [3.1, 'Product Viewed', LAMP],
      [8, 'Order Completed', order('B', [{ ...LAMP, quantity: 1 }])],
      [9, 'Products Searched', { query: 'mug' }],
    ],
  },
  {
    ...{ visitor: 'v4', at: '2026-01-13T08:00:00Z', on: 'mobile', user: 'dan' },
    query: '?utm_source=google&utm_medium=cpc&utm_campaign=spring',
    did: [
      [0, '/p/mug'],
      [0.1, 'Product Viewed', MUG],
      [1, '/p/lamp'],
      [1.1, 'Product Viewed', LAMP],
      [2, 'Product Added', { ...LAMP, quantity: 1 }],
      [3, 'Checkout Started', {}],
      [
        5,
        'Order Completed',
        order('C', [
          { ...LAMP, quantity: 1 },
          { ...MUG, quantity: 3 },
        ]),
      ],
    ],
  },
  {
    ...{ visitor: 'robot', at: '2026-01-13T09:00:00Z', on: 'robot' },
    did: [
      [0, '/'],
      [1, 'Product Viewed', MUG],
      [2, 'Order Completed', order('R', [{ ...MUG, quantity: 1 }])],
    ],
  },
  {
    ...{ visitor: 'v1', at: '2026-01-14T12:00:00Z', on: 'server' },
    did: [[0, 'Account Noted', {}]],
  },
  {
    ...{ visitor: 'v1', at: '2026-01-14T15:00:00Z', on: 'server' },
    did: [[0, 'Order Refunded', order('A', [{ ...LAMP, quantity: 1 }], { total: 20 })]],
  },
];

export interface Shop extends TestService {
  /** Reads behaviour and sales. */
  readKey: string;
}

/** A service that took these visits through the collector, modelled. */
export async function openShop(visits: Visit[] = VISITS): Promise<Shop> {
  const service = await startTestService();
  const writeKey = await service.key('events:write');
  const readKey = await service.key('behaviour:read', 'sales:read');
  const calls = visits.flatMap(callsOf);
  for (let start = 0; start < calls.length; start += 500) {
    const batch = calls.slice(start, start + 500);
    const response = await service.post('/v1/batch', { batch }, writeKey);
    expect(await response.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
  }
  expect((await service.run('streaming')).status).toBe('published');
  return { ...service, readKey };
}
