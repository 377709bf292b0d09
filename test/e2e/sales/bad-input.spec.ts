import type { TestService } from '../../support/service.js';
import { startTestService } from '../../support/service.js';
import { postGraphql } from './client.js';

let service: TestService;
let readKey: string;
beforeAll(async () => {
  service = await startTestService();
  readKey = await service.key('sales:read');
});

interface Refusal {
  status: number;
  code?: string;
}

/** Nothing of the inside may show: no stack, no file, no SQL. */
function expectNoInside(text: string): void {
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d|file:\/\/|stacktrace|select |gold\./i);
}

async function refusal(path: string, key: string): Promise<Refusal> {
  const response = await service.get(path, key);
  const text = await response.text();
  expectNoInside(text);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text) as Record<string, unknown>;
  const members = ['code', 'detail', 'instance', 'status', 'title', 'type'];
  expect(Object.keys(problem).sort()).toEqual(members);
  expect(problem['status']).toBe(response.status);
  return { status: response.status, code: problem['code'] as string };
}

describe('REST', () => {
  const many = Array.from({ length: 101 }, (_, index) => `v${index}`).join(',');
  it.each([
    ['summary?from=2026-02-01&to=2026-01-01', 400, 'invalid_range'],
    ['summary?from=yesterday', 400, 'invalid_range'],
    ['summary?from=2026-01-01T00:10:00Z', 400, 'invalid_range'],
    ['summary?timezone=Mars/Phobos', 400, 'unknown_timezone'],
    ['summary?currency=usd', 400, 'unknown_currency'],
    ['summary?currency=CHF', 422, 'currency_without_rate'],
    ['summary?metrics=revenue', 400, 'unknown_metric'],
    ['summary?metrics=', 400, 'unknown_metric'],
    ['summary?compare=week', 400, 'invalid_parameter'],
    ['summary?from=2026-01-01&from=2026-01-02', 400, 'invalid_parameter'],
    ['summary?granularity=day', 400, 'unknown_parameter'],
    ['summary?metric=orders', 400, 'unknown_parameter'],
    ['summary?filter[city]=Wien', 400, 'unknown_dimension'],
    ['summary?metrics=total_sales&filter[product]=p1', 400, 'dimension_not_allowed'],
    ['summary?filter[country]=', 400, 'invalid_parameter'],
    [`summary?filter[country]=${many}`, 400, 'invalid_parameter'],
    ['series?granularity=minute', 400, 'invalid_parameter'],
    ['series?granularity=hour&from=2020-01-01&to=2026-01-01', 400, 'range_too_long'],
    ['breakdown', 400, 'invalid_parameter'],
    ['breakdown?by=city', 400, 'unknown_dimension'],
    ['breakdown?by=product&metrics=cancelled_orders', 400, 'dimension_not_allowed'],
    ['breakdown?by=country&limit=0', 400, 'invalid_parameter'],
    ['breakdown?by=country&limit=1001', 400, 'invalid_parameter'],
    ['breakdown?by=country&limit=ten', 400, 'invalid_parameter'],
    ['breakdown?by=country&cursor=abc', 400, 'invalid_parameter'],
    ['top-products?limit=1001', 400, 'invalid_parameter'],
    ['top-customers?limit=0', 400, 'invalid_parameter'],
    ['top-customers?metrics=orders', 400, 'unknown_parameter'],
    ['nothing', 404, 'not_found'],
  ])('%s is refused with %i %s', async (path, status, code) => {
    expect(await refusal(`/api/v1/sales/${path}`, readKey)).toEqual({ status, code });
  });
});

describe('GraphQL', () => {
  const refused = async (query: string, key: string | null = readKey) => {
    const { text, body } = await postGraphql(service, key, query);
    expectNoInside(text);
    return body.errors?.map(({ extensions }) => extensions.code);
  };
  const values = JSON.stringify(Array.from({ length: 101 }, (_, index) => `v${index}`));
  const twice = '[{dimension: COUNTRY, values: "DE"}, {dimension: COUNTRY, values: "AT"}]';

  it.each([
    ['salesSummary(from: "2026-02-01", to: "2026-01-01") { data { value } }', 'invalid_range'],
    ['salesSummary(timezone: "Mars/Phobos") { data { value } }', 'unknown_timezone'],
    ['salesSummary(currency: "usd") { data { value } }', 'unknown_currency'],
    ['salesSummary(currency: "CHF") { data { value } }', 'currency_without_rate'],
    ['salesSummary(metrics: []) { data { value } }', 'unknown_metric'],
    [
      `salesSummary(filter: {dimension: COUNTRY, values: ${values}}) { data { value } }`,
      'invalid_parameter',
    ],
    [`salesSummary(filter: ${twice}) { data { value } }`, 'invalid_parameter'],
    [
      'salesSummary(metrics: [TOTAL_SALES], filter: {dimension: PRODUCT, values: "p1"}) { data { value } }',
      'dimension_not_allowed',
    ],
    [
      'salesSeries(granularity: HOUR, from: "2020-01-01", to: "2026-01-01") { points { at } }',
      'range_too_long',
    ],
    ['salesBreakdown(by: COUNTRY, limit: 0) { rows { key } }', 'invalid_parameter'],
    ['salesBreakdown(by: COUNTRY, cursor: "abc") { rows { key } }', 'invalid_parameter'],
    ['salesTopCustomers(limit: 1001) { rows { key } }', 'invalid_parameter'],
    // What GraphQL's own types refuse.
    ['salesSummary(metrics: [REVENUE]) { data { value } }', 'invalid_query'],
    ['salesBreakdown(by: CITY) { rows { key } }', 'invalid_query'],
    ['salesBreakdown { rows { key } }', 'invalid_query'],
    ['salesSummary { data { secret } }', 'invalid_query'],
    ['salesSummary { data { value }', 'invalid_query'],
    ['__schema { types { name } }', 'invalid_query'],
    ['__type(name: "Query") { name }', 'invalid_query'],
  ])('%s is refused with %s', async (field, code) => {
    expect(await refused(`{ ${field} }`)).toEqual([code]);
  });

  it('asks for a key of the right scope', async () => {
    const query = '{ salesSummary { data { value } } }';
    expect(await refused(query, null)).toEqual(['unauthorized']);
    expect(await refused(query, 'ck_unknown')).toEqual(['unauthorized']);
    for (const scope of ['events:write', 'sentiment:read', 'pii:read']) {
      expect(await refused(query, await service.key(scope))).toEqual(['forbidden']);
    }
    expect(await refused(query, await service.key('admin'))).toBeUndefined();
  });
});
