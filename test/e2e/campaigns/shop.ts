/**
 * A shop whose campaigns can be reckoned by hand. January 2026, UTC:
 *
 *   visitor  began        came by                       did
 *   v1 ann   10th 10:00   google/cpc/Spring             two pages
 *   v1 ann   17th 10:00   newsletter/email/weekly       one page
 *   v1 ann   20th 10:00   -                             A: 2 lamps, 1 mug = 50 less 5, coupon welcome
 *   v2 bob   12th 10:00   google/cpc/spring             B: 1 lamp = 20
 *   v2 bob   25th 10:00   -                             C: 1 mug = 10
 *   v3       15th 10:00   newsletter/email/weekly       one page
 *   v4 dan   14th 10:00   facebook/paid_social/777      D: 3 mugs = 30 EUR
 *   zed      16th 10:00   the back office, no session   E: 1 lamp = 20
 *
 * On the 22nd 9 of A are given back. What the ads cost stands in SPEND: the campaign of the id 777
 * goes by another name, that of weekly names another source, and nobody ever came by ghost.
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import { startTestService, type TestService } from '../../support/service.js';
import { callsOf, LAMP, MUG, order, type Visit } from '../behaviour/shop.js';
import { counts, LoadClient } from '../sources/load-client.js';

export const RANGE = { from: '2026-01-10', to: '2026-02-01' };

const placed = (minutes: number, properties: JsonObject): Visit['did'][number] => [
  minutes,
  'Order Completed',
  properties,
];
const GOOGLE = '?utm_source=google&utm_medium=cpc&utm_campaign=';
const WEEKLY = '?utm_source=newsletter&utm_medium=email&utm_campaign=weekly';

const VISITS: Visit[] = [
  {
    ...{ visitor: 'v1', user: 'ann', at: '2026-01-10T10:00:00Z', query: `${GOOGLE}Spring` },
    did: [
      [0, '/c/lamps'],
      [1, '/p/lamp'],
    ],
  },
  { visitor: 'v1', user: 'ann', at: '2026-01-17T10:00:00Z', query: WEEKLY, did: [[0, '/news']] },
  {
    ...{ visitor: 'v1', user: 'ann', at: '2026-01-20T10:00:00Z' },
    did: [
      [0, '/'],
      placed(
        5,
        order(
          'A',
          [
            { ...LAMP, quantity: 2 },
            { ...MUG, quantity: 1 },
          ],
          { discount: 5, coupon: 'welcome ' },
        ),
      ),
    ],
  },
  {
    ...{ visitor: 'v2', user: 'bob', at: '2026-01-12T10:00:00Z', query: `${GOOGLE}spring` },
    did: [[0, '/c/lamps'], placed(5, order('B', [{ ...LAMP, quantity: 1 }]))],
  },
  {
    ...{ visitor: 'v2', user: 'bob', at: '2026-01-25T10:00:00Z' },
    did: [[0, '/'], placed(5, order('C', [{ ...MUG, quantity: 1 }]))],
  },
  { visitor: 'v3', at: '2026-01-15T10:00:00Z', query: WEEKLY, did: [[0, '/news']] },
  {
    ...{ visitor: 'v4', user: 'dan', at: '2026-01-14T10:00:00Z' },
    query: '?utm_source=facebook&utm_medium=paid_social&utm_campaign=777',
    did: [[0, '/c/mugs'], placed(5, order('D', [{ ...MUG, quantity: 3 }], { currency: 'EUR' }))],
  },
  {
    ...{ visitor: 'v1', user: 'ann', at: '2026-01-22T10:00:00Z', on: 'server' },
    did: [[0, 'Order Refunded', order('A', [], { total: 9 })]],
  },
];

/** The back office knows no browser. */
const PHONED: JsonObject = {
  ...{ type: 'track', event: 'Order Completed', messageId: 'phoned', userId: 'zed' },
  timestamp: '2026-01-16T10:00:00Z',
  properties: order('E', [{ ...LAMP, quantity: 1 }]),
  context: { channel: 'server' },
};

const SPEND = `day,campaign,id,source,medium,shown,clicks,cost,currency
2026-01-10,SPRING ,1,google,cpc,1000,50,20,USD
2026-01-12, spring,1,google,cpc,1000,30,10,USD
2026-01-14,Winter,777,,,500,10,6,USD
2026-01-15,Weekly,3,mailer,email,100,5,3,USD
2026-01-16,Ghost,4,,,200,2,1.5,USD
2026-01-14,Spring,1,google,cpc,300,9,4,EUR
`;

const MAPPING = `source: ads
rows:
  - entity: ad_spend
    id: [day, campaign, currency]
    fields:
      date: day
      campaign: campaign
      campaign_id: id
      source: source
      medium: medium
      impressions: shown
      clicks: clicks
      spend: cost
      currency: currency
`;

export interface CampaignShop extends TestService {
  /** Reads campaigns, behaviour and sales. */
  readKey: string;
}

export async function openCampaignShop(): Promise<CampaignShop> {
  const service = await startTestService();
  const readKey = await service.key('campaigns:read', 'behaviour:read', 'sales:read');
  const batch = [...VISITS.flatMap(callsOf), PHONED];
  const response = await service.post('/v1/batch', { batch }, await service.key('events:write'));
  expect(await response.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
  const loads = new LoadClient(service, await service.key('pipelines:run'));
  const file = { entity: 'ad_spend', name: 'spend.csv', mapping: MAPPING, content: SPEND };
  expect((await loads.load(file)).counts).toEqual(counts({ loaded: 6 }));
  expect((await service.run()).status).toBe('published');
  return { ...service, readKey };
}
