/** A small shop's feedback, known by hand: reviews by events, tickets and surveys by a file. */
import { startTestService, type TestService } from '../../support/service.js';
import { LoadClient } from '../sources/load-client.js';

/** What must never be found in the warehouse. */
export const SECRETS = {
  email: 'jane.doe@example.com',
  phone: '+49 171 1234567',
  card: '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
};

const review = (id: string, at: string, properties: object, user?: string) => ({
  type: 'track',
  event: 'Product Reviewed',
  messageId: `m-${id}`,
  anonymousId: `visitor-${id}`,
  ...(user ? { userId: user } : {}),
  timestamp: `2026-03-${at}Z`,
  properties: { review_id: id, ...properties },
});

const MUG = { product_id: 'p1', name: 'Mug', category: 'Kitchen' };
const LAMP = { product_id: 'p2', name: 'Lamp', category: 'Light' };

/** Compounds: good .4404, bad −.5423, horrible −.5423; the others none or 0. */
const REVIEWS = [
  review('r1', '02T10:00:00', { ...MUG, rating: 5, review_body: 'This mug is good.' }, 'u1'),
  review('r2', '02T11:00:00', { ...MUG, rating: 1, review_body: 'The quality is bad.' }),
  review('r3', '03T10:00:00', { ...LAMP, rating: 4 }),
  review('r4', '03T11:00:00', { ...LAMP, review_body: 'Sehr schlechte Qualität, nie wieder.' }),
  review('r5', '04T10:00:00', {
    ...LAMP,
    review_body:
      `The delivery was horrible. Write ${SECRETS.email}, call ${SECRETS.phone}, my card is ` +
      `${SECRETS.card} and my account ${SECRETS.iban}`,
  }),
];

/** Seconds to the first answer 600, 1200, 3600 and to resolution 7200, 86400. */
const FILE = `id,kind,product,rating,text,topic,channel,status,came,answered,resolved
t1,ticket,p1,5,The handle is broken,Defects,email,closed,2026-03-02 08:00:00,2026-03-02 08:10:00,2026-03-02 10:00:00
t2,ticket,p1,2,,Delivery,phone,closed,2026-03-02 09:00:00,2026-03-02 09:20:00,2026-03-03 09:00:00
t3,ticket,p2,,,Delivery,email,pending,2026-03-03 09:00:00,2026-03-03 10:00:00,
t4,ticket,p2,,,Delivery,email,open,2026-02-10 09:00:00,,
s1,survey,,4,,,email,,2026-03-05 09:00:00,,
s2,survey,,5,,,email,,2026-03-05 09:00:00,,
n1,nps,,10,,,email,,2026-03-05 09:00:00,,
n2,nps,,9,,,email,,2026-03-05 09:00:00,,
n3,nps,,7,,,email,,2026-03-05 09:00:00,,
n4,nps,,3,,,email,,2026-03-05 09:00:00,,
`;

const MAPPING = `
source: desk
timezone: UTC
rows:
  - id: [id]
    fields:
      kind: kind
      product_id: product
      rating: rating
      text: text
      topic: topic
      channel: channel
      status: status
      created_at: came
      first_response_at: answered
      resolved_at: resolved
`;

export interface Shop extends TestService {
  readKey: string;
}

export async function openFeedback(): Promise<Shop> {
  const service = await startTestService();
  const [writeKey, loadKey, readKey] = [
    await service.key('events:write'),
    await service.key('pipelines:run'),
    await service.key('sentiment:read'),
  ];
  const posted = await service.post('/v1/batch', { batch: REVIEWS }, writeKey);
  expect(posted.status).toBe(200);
  const file = { entity: 'feedback', name: 'desk.csv', mapping: MAPPING, content: FILE };
  const load = await new LoadClient(service, loadKey).load(file);
  expect(load).toMatchObject({ status: 'done', counts: { loaded: 10, rejected: 0 } });
  expect(await service.run()).toMatchObject({ status: 'published', error: null });
  return { ...service, readKey };
}
