/** What the views of behaviour refuse: always with 4xx, a code and words, never with 5xx. */
import fc from 'fast-check';
import { SCOPES } from '../../../src/contracts/scopes.js';
import { startTestService, type TestService } from '../../support/service.js';
import { postGraphql } from '../sales/client.js';

let service: TestService;
let readKey: string;
beforeAll(async () => {
  service = await startTestService();
  readKey = await service.key('behaviour:read', 'sales:read');
});

const VIEWS = [
  'behaviour/summary',
  'behaviour/series',
  'behaviour/breakdown?by=channel',
  'behaviour/funnel?steps=page,Order%20Completed',
  'behaviour/paths',
  'behaviour/next-pages?page=/',
  'behaviour/retention',
];
const FIELDS = [
  'behaviourSummary { data { value } }',
  'behaviourSeries { points { at } }',
  'behaviourBreakdown(by: CHANNEL) { rows { key } }',
  'behaviourFunnel(steps: [{event: "page"}, {event: "Order Completed"}]) { rows { key } }',
  'behaviourPaths { rows { key } }',
  'behaviourNextPages(page: "/") { rows { key } }',
  'behaviourRetention { rows { key } }',
];

async function refusal(path: string, key = readKey) {
  const response = await service.get(`/api/v1/${path}`, key);
  const text = await response.text();
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d|file:\/\/|stacktrace|gold\.|select /);
  const body = JSON.parse(text) as { code?: string; detail?: string };
  return { status: response.status, code: body.code, detail: body.detail };
}

const eleven = Array.from({ length: 11 }, (_, index) => `E${index}`).join(',');
const long = 'x'.repeat(201);
const many = Array.from({ length: 101 }, (_, index) => `v${index}`).join(',');
const funnel = 'behaviour/funnel?steps=A,B';

it.each([
  ['behaviour/summary?metrics=gross_sales', 'unknown_metric'],
  ['behaviour/summary?metrics=searches,sessions', 'dimension_not_allowed'],
  ['behaviour/summary?metrics=product_buys&filter[landing_page]=/', 'dimension_not_allowed'],
  ['behaviour/summary?filter[nothing]=1', 'unknown_dimension'],
  ['behaviour/summary?filter[channel]=', 'invalid_parameter'],
  ['behaviour/summary?steps=A,B', 'unknown_parameter'],
  ['behaviour/breakdown', 'invalid_parameter'],
  ['behaviour/breakdown?by=nothing', 'unknown_dimension'],
  ['behaviour/breakdown?by=search_term&metrics=sessions', 'dimension_not_allowed'],
  ['behaviour/breakdown?by=channel&limit=0', 'invalid_parameter'],
  ['behaviour/funnel', 'invalid_parameter'],
  ['behaviour/funnel?steps=', 'invalid_parameter'],
  ['behaviour/funnel?steps=,,,', 'invalid_parameter'],
  ['behaviour/funnel?steps=A', 'invalid_parameter'],
  ['behaviour/funnel?steps=A&steps=B', 'invalid_parameter'],
  [`behaviour/funnel?steps=${eleven}`, 'invalid_parameter'],
  [`behaviour/funnel?steps=A,${long}`, 'invalid_parameter'],
  [`${funnel}&window=7`, 'invalid_parameter'],
  [`${funnel}&window=`, 'invalid_parameter'],
  [`${funnel}&window=0d`, 'invalid_parameter'],
  [`${funnel}&window=-1d`, 'invalid_parameter'],
  [`${funnel}&window=91d`, 'invalid_parameter'],
  [`${funnel}&window=9999999d`, 'invalid_parameter'],
  [`${funnel}&window=1h&window=2h`, 'invalid_parameter'],
  [`${funnel}&order=both`, 'invalid_parameter'],
  [`${funnel}&by=nothing`, 'unknown_dimension'],
  [`${funnel}&by=product`, 'unknown_dimension'],
  [`${funnel}&limit=0`, 'invalid_parameter'],
  [`${funnel}&limit=1001`, 'invalid_parameter'],
  [`${funnel}&limit=many`, 'invalid_parameter'],
  [`${funnel}&where[0][x]=1`, 'invalid_parameter'],
  [`${funnel}&where[9][x]=1`, 'invalid_parameter'],
  [`${funnel}&where[1][x]=`, 'invalid_parameter'],
  [`${funnel}&where[1][x]=1&where[1][x]=2`, 'invalid_parameter'],
  [`${funnel}&where[1][x]=${many}`, 'invalid_parameter'],
  [`${funnel}&where[1]=x`, 'unknown_parameter'],
  [`${funnel}&where[1][${long}]=x`, 'unknown_parameter'],
  [`${funnel}&filter[nothing]=x`, 'unknown_dimension'],
  [`${funnel}&metrics=sessions`, 'unknown_parameter'],
  [`${funnel}&from=2026-02-01&to=2026-01-01`, 'invalid_range'],
  [`${funnel}&timezone=Mars/Phobos`, 'unknown_timezone'],
  ['behaviour/paths?length=0', 'invalid_parameter'],
  ['behaviour/paths?length=11', 'invalid_parameter'],
  ['behaviour/paths?length=2.5', 'invalid_parameter'],
  ['behaviour/paths?limit=1001', 'invalid_parameter'],
  ['behaviour/paths?page=/', 'unknown_parameter'],
  ['behaviour/paths?filter[search_term]=x', 'unknown_dimension'],
  ['behaviour/next-pages', 'invalid_parameter'],
  ['behaviour/next-pages?page=', 'invalid_parameter'],
  [`behaviour/next-pages?page=${long}`, 'invalid_parameter'],
  ['behaviour/next-pages?page=/&page=/cart', 'invalid_parameter'],
  ['behaviour/next-pages?page=/&limit=0', 'invalid_parameter'],
  ['behaviour/retention?cohort=all', 'invalid_parameter'],
  ['behaviour/retention?activity=nothing', 'invalid_parameter'],
  ['behaviour/retention?granularity=hour', 'invalid_parameter'],
  ['behaviour/retention?periods=0', 'invalid_parameter'],
  ['behaviour/retention?periods=101', 'invalid_parameter'],
  ['behaviour/retention?filter[nothing]=x', 'unknown_dimension'],
  ['behaviour/retention?cohort=sign_up&filter[channel]=email', 'invalid_parameter'],
  ['sales/bought-together?min_orders=0', 'invalid_parameter'],
  ['sales/bought-together?min_orders=', 'invalid_parameter'],
  ['sales/bought-together?min_orders=0x2', 'invalid_parameter'],
  ['sales/bought-together?min_orders=2&min_orders=3', 'invalid_parameter'],
  ['sales/bought-together?product=a&product=b', 'invalid_parameter'],
  ['sales/bought-together?product=', 'invalid_parameter'],
  ['sales/bought-together?limit=0', 'invalid_parameter'],
  ['sales/bought-together?filter[channel]=email', 'unknown_parameter'],
  ['sales/breakdown?by=landing_page', 'unknown_dimension'],
])('%s is refused with 400 %s', async (path, code) => {
  const { detail, ...refused } = await refusal(path);
  expect(refused).toEqual({ status: 400, code });
  expect(detail!.length).toBeGreaterThan(15);
});

it.each([
  ['behaviourSummary(metrics: [SEARCHES, SESSIONS]) { data { value } }', 'dimension_not_allowed'],
  ['behaviourBreakdown(by: CHANNEL, limit: 0) { rows { key } }', 'invalid_parameter'],
  ['behaviourBreakdown(by: NOTHING) { rows { key } }', 'invalid_query'],
  ['behaviourFunnel { rows { key } }', 'invalid_query'],
  ['behaviourFunnel(steps: []) { rows { key } }', 'invalid_parameter'],
  ['behaviourFunnel(steps: [{event: "A"}]) { rows { key } }', 'invalid_parameter'],
  ['behaviourFunnel(steps: [{event: ""}, {event: "B"}]) { rows { key } }', 'invalid_parameter'],
  [
    'behaviourFunnel(steps: [{event: "A", where: [{property: "x", values: []}]}, {event: "B"}]) { rows { key } }',
    'invalid_parameter',
  ],
  [
    'behaviourFunnel(steps: [{event: "A"}, {event: "B"}], window: "7") { rows { key } }',
    'invalid_parameter',
  ],
  [
    'behaviourFunnel(steps: [{event: "A"}, {event: "B"}], limit: 0) { rows { key } }',
    'invalid_parameter',
  ],
  [
    'behaviourFunnel(steps: [{event: "A"}, {event: "B"}], by: PRODUCT) { rows { key } }',
    'unknown_dimension',
  ],
  ['behaviourPaths(length: 0) { rows { key } }', 'invalid_parameter'],
  ['behaviourPaths(limit: -1) { rows { key } }', 'invalid_parameter'],
  ['behaviourNextPages { rows { key } }', 'invalid_query'],
  ['behaviourNextPages(page: "") { rows { key } }', 'invalid_parameter'],
  ['behaviourRetention(granularity: HOUR) { rows { key } }', 'invalid_parameter'],
  ['behaviourRetention(periods: 101) { rows { key } }', 'invalid_parameter'],
  ['behaviourRetention(cohort: ALL) { rows { key } }', 'invalid_query'],
  [
    'behaviourRetention(cohort: SIGN_UP, filter: {dimension: CHANNEL, values: "email"}) { rows { key } }',
    'invalid_parameter',
  ],
  ['salesBoughtTogether(minOrders: 0) { rows { key } }', 'invalid_parameter'],
  ['salesBoughtTogether(product: "") { rows { key } }', 'invalid_parameter'],
])('GraphQL %s is refused with %s', async (field, code) => {
  const { body } = await postGraphql(service, readKey, `{ ${field} }`);
  expect(body.errors?.map(({ extensions }) => extensions)).toEqual([{ code, status: 400 }]);
  expect(body.errors![0]!.message.length).toBeGreaterThan(25);
});

describe('a key', () => {
  it('without behaviour:read reads none of it, by REST and by GraphQL', async () => {
    const queries = FIELDS.map((field) => `{ ${field} }`);
    for (const scope of SCOPES) {
      const key = await service.key(scope);
      const isAllowed = scope === 'behaviour:read' || scope === 'admin';
      for (const view of VIEWS) {
        const { status, code } = await refusal(view, key);
        const expected = isAllowed ? [200, undefined] : [403, 'forbidden'];
        expect([scope, view, status, code]).toEqual([scope, view, ...expected]);
      }
      for (const query of queries) {
        const { body } = await postGraphql(service, key, query);
        const codes = body.errors?.map(({ extensions }) => extensions.code);
        expect([scope, query, codes]).toEqual([
          ...[scope, query],
          isAllowed ? undefined : ['forbidden'],
        ]);
      }
    }
  });

  it('of behaviour reads no sales', async () => {
    const key = await service.key('behaviour:read');
    expect(await refusal('sales/bought-together', key)).toMatchObject({ status: 403 });
  });
});

describe('anything', () => {
  const word = fc.oneof(
    fc.constantFrom('', ',', '0', '-1', '1e9', '7d', 'page', "'", '{from:String}', '%', '\\', '\0'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('channel', 'visits', 'week', 'strict', '/', '2026-01-01', 'Order Completed'),
  );
  const name = fc.oneof(
    fc.constantFrom('steps', 'window', 'order', 'by', 'limit', 'length', 'page', 'cohort'),
    fc.constantFrom(
      'activity',
      'granularity',
      'periods',
      'min_orders',
      'product',
      'format',
      'from',
    ),
    fc.constantFrom('where[1][category]', 'where[2][path]', 'where[1][]', 'filter[channel]'),
    fc.constantFrom('__proto__', 'where[__proto__][x]', 'where[1][__proto__]', 'constructor'),
    word,
  );
  const views = [...VIEWS, 'sales/bought-together'].map((view) => view.split('?')[0]!);

  it('is answered or refused', async () => {
    const given = fc.array(fc.tuple(name, word), { maxLength: 4 });
    const property = fc.asyncProperty(fc.constantFrom(...views), given, async (view, pairs) => {
      const steps: [string, string][] = view.endsWith('funnel')
        ? [['steps', 'page,Order Completed']]
        : [];
      const query = new URLSearchParams([...steps, ...pairs]);
      const response = await service.get(`/api/v1/${view}?${query}`, readKey);
      const text = await response.text();
      expect([200, 400, 422]).toContain(response.status);
      if (response.status === 400) {
        expect(JSON.parse(text)).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) });
      }
    });
    await fc.assert(property, { numRuns: 400 });
  });
});
