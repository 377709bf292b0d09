/** What a GraphQL query may ask for at most, and that a dashboard asks for much less. */
import { getIntrospectionQuery } from 'graphql';
import { GRAPHQL_LIMITS } from '../../../src/modules/metrics/graphql-limits.js';
import { startTestService, type TestService } from '../../support/service.js';
import { postGraphql, type GraphqlReply } from './client.js';

let service: TestService;
let readKey: string;
beforeAll(async () => {
  service = await startTestService();
  readKey = await service.key('sales:read');
});

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

const META =
  'meta { asOf currency completeness servedFrom definitions { metric version formula } }';
const SUMMARY = `data { metric value unit previous change } ${META}`;
const SERIES = `points { at values { metric value } } ${META}`;
const ROWS = `rows { key label values { metric value } } cursor ${META}`;

/** Nine panels as a dashboard asks them, its fields aliased. */
const DASHBOARD = `query dashboard($from: String, $to: String, $rows: Int! = 10) {
  today: salesSummary(from: $from, to: $to) { ${SUMMARY} }
  year: salesSummary(from: $from, to: $to, compare: YEAR) { ${SUMMARY} }
  byDay: salesSeries(from: $from, to: $to) { ${SERIES} }
  byHour: salesSeries(from: $from, to: $to, granularity: HOUR) { ${SERIES} }
  countries: salesBreakdown(from: $from, to: $to, by: COUNTRY) { ...Panel }
  devices: salesBreakdown(from: $from, to: $to, by: DEVICE) { ...Panel }
  brands: salesBreakdown(from: $from, to: $to, by: BRAND, metrics: [UNITS]) { ...Panel }
  products: salesTopProducts(from: $from, to: $to, limit: $rows) { ...Panel }
  customers: salesTopCustomers(from: $from, to: $to, limit: $rows) { ...Panel }
}
fragment Panel on SalesBreakdown {
  items: rows { id: key name: label numbers: values { metric value } } next: cursor ...About
}
fragment About on SalesBreakdown { about: meta { asOf currency completeness } }`;

async function post(body: unknown, key: string | null = readKey) {
  const response = await fetch(`${service.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify(body),
  });
  return read(response);
}

async function read(response: Response) {
  const text = await response.text();
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d|file:\/\/|stacktrace|select |gold\./i);
  const body = JSON.parse(text) as GraphqlReply;
  const codes = body.errors?.map(({ extensions }) => extensions.code);
  return { status: response.status, codes, body };
}

describe('taken are', () => {
  it('nine panels at once', async () => {
    const variables = { from: '2026-01-01', to: '2026-02-01', rows: 20 };
    const { status, codes, body } = await post({ query: DASHBOARD, variables });
    expect([status, codes]).toEqual([200, undefined]);
    expect(Object.keys(body.data!)).toHaveLength(9);
  });

  it('twenty panels at once', async () => {
    const kinds = [
      `salesSummary { data { metric value } }`,
      `salesSeries { points { at values { metric value } } }`,
      `salesBreakdown(by: COUNTRY) { ${ROWS} }`,
      `salesTopProducts { ${ROWS} }`,
    ];
    const query = `{ ${times(20, (index) => `panel${index}: ${kinds[index % kinds.length]}`)} }`;
    const { status, codes, body } = await post({ query });
    expect([status, codes]).toEqual([200, undefined]);
    expect(Object.keys(body.data!)).toHaveLength(20);
  });

  it('a field that is written often and answered once', async () => {
    const query = `{ ${times(20, () => 'salesSummary { data { value } }')} }`;
    expect((await post({ query })).codes).toBeUndefined();
  });
});

/** Each fragment twice the one before. */
const doubled = (count: number) =>
  `{ ...F0 } ${times(count, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)}
   fragment F${count} on Query { salesSummary { data { value } } }`;
const panel = (index: number) => `p${index}: salesTopProducts(limit: 1000) { rows { key } }`;

const REFUSED: [string, string, string][] = [
  ['5,000 fields', `{ ${'__typename '.repeat(5_000)} }`, 'query_too_large'],
  [
    'one root field 5,000 times',
    `{ ${'salesSummary { data { value } } '.repeat(5_000)} }`,
    'query_too_large',
  ],
  [
    'a list of 5,000',
    `{ salesSummary(metrics: [${'ORDERS '.repeat(5_000)}]) { data { value } } }`,
    'query_too_large',
  ],
  [
    'fragments of fragments',
    `{ ${'... { '.repeat(50)}__typename${' }'.repeat(50)} }`,
    'query_too_deep',
  ],
  [
    'lists in lists of a type',
    `{ __type(name: "Query") { ${'ofType { '.repeat(8)}name${' }'.repeat(8)} } }`,
    'query_too_deep',
  ],
  [
    '51 aliases of one field',
    `{ salesSummary { data { ${times(51, (i) => `a${i}: value`)} } } }`,
    'too_many_aliases',
  ],
  ['51 aliases of nothing', `{ ${times(51, (i) => `a${i}: __typename`)} }`, 'too_many_aliases'],
  [
    'aliases in the uses of a fragment',
    `{ salesSummary { data { ...A } } b: salesSummary { data { ...A } } }
     fragment A on SalesSummaryValue { ${times(26, (i) => `a${i}: value`)} }`,
    'too_many_aliases',
  ],
  ['26 panels of 1,000 rows', `{ ${times(26, panel)} }`, 'query_too_costly'],
  [
    'series of ten thousand hours',
    `{ ${times(5, (i) => `s${i}: salesSeries(granularity: HOUR, from: "2025-01-01", to: "2026-02-20") { points { at } }`)} }`,
    'query_too_costly',
  ],
  [
    'panels behind a fragment and an idle directive',
    `{ ...P } fragment P on Query { ... @include(if: true) { ${times(26, panel)} } }`,
    'query_too_costly',
  ],
  [
    'one root field fifty-one times',
    `{ ${times(51, () => 'salesSummary { data { value } }')} }`,
    'query_too_costly',
  ],
  ['fragments that double', doubled(7), 'query_too_costly'],
  ['fragments that double a hundred times', doubled(100), 'query_too_deep'],
];

describe('refused are', () => {
  it.each(REFUSED)('%s', async (_, query, code) => {
    const { status, codes, body } = await post({ query });
    expect([status, codes![0]]).toEqual([400, code]);
    expect(body.data).toBeUndefined();
    expect(body.errors![0]!.extensions).toEqual({ code, status: 400 });
    expect(body.errors![0]!.message).toMatch(/at most \d|may cost \d/);
    // Who has no key learns no more and costs no more.
    expect((await post({ query }, null)).codes![0]).toBe(code);
  });

  it.each(REFUSED.filter(([, query]) => query.length < 5_000))('%s, by GET too', async (...row) => {
    const [, query, code] = row;
    const response = await fetch(`${service.url}/graphql?${new URLSearchParams({ query })}`, {
      headers: { authorization: `Bearer ${readKey}`, 'apollo-require-preflight': 'true' },
    });
    const { status, codes } = await read(response);
    expect([status, codes![0]]).toEqual([400, code]);
  });

  it('rows that only the variables tell', async () => {
    const query = `query ($n: Int! = 10) {
      ${times(26, (i) => `p${i}: salesTopProducts(limit: $n) { rows { key } }`)} }`;
    expect((await post({ query })).codes).toBeUndefined();
    const { status, codes } = await post({ query, variables: { n: 1000 } });
    expect([status, codes]).toEqual([400, ['query_too_costly']]);
  });

  it('arguments that would hide the cost of other fields', async () => {
    const query = `query ($n: Int = 10) { bad: salesTopProducts(limit: $n) { rows { key } } }`;
    const { status, codes } = await post({ query, variables: { n: null } });
    expect([status, codes]).toEqual([400, ['invalid_query']]);
  });

  it('several requests in one', async () => {
    const one = { query: '{ salesSummary { data { value } } }' };
    const { status, codes } = await post([one, one]);
    expect([status, codes]).toEqual([400, ['invalid_query']]);
  });

  it('cycles of fragments', async () => {
    const query = `{ ...A } fragment A on Query { ...B salesSummary { ...C } }
      fragment B on Query { ...A } fragment C on SalesSummary { ...C }`;
    const { status, codes } = await post({ query });
    expect([status, new Set(codes)]).toEqual([400, new Set(['invalid_query'])]);
  });
});

describe('in development', () => {
  it('tools may read the schema, and no more than that', async () => {
    // A process holds one embedded warehouse.
    await service.stop();
    const development = await startTestService({ environment: 'development' });
    const query = getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true });
    const { status, body } = await postGraphql(development, null, query);
    expect([status, body.errors]).toEqual([200, undefined]);
    const lists = `${'fields { type { '.repeat(5)}name${' } }'.repeat(5)}`;
    const deep = await postGraphql(development, null, `{ __schema { types { ${lists} } } }`);
    expect([deep.status, deep.body.data]).toEqual([400, undefined]);
    expect(GRAPHQL_LIMITS.depth).toBe(8);
  });
});
