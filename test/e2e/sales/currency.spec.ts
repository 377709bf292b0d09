/**
 * Orders in several currencies over HTTP: rates fetched from an address, sums converted and rounded
 * once, alike in REST, GraphQL and CSV; what is left out or held is told.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'csv-parse/sync';
import { FxRatesSource, Loads } from '../../../src/ingest/index.js';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll } from '../../support/stores.js';
import { LoadClient, type LoadView } from '../sources/load-client.js';
import {
  ask,
  askGraphql,
  byMetric,
  postGraphql,
  type SeriesReply,
  type SummaryReply,
} from './client.js';

const RANGE = { from: '2026-11-05', to: '2026-11-08' };
const METRICS = 'gross_sales,net_sales,orders';
/** The layout of the central bank: units of CURRENCY for one CURRENCY_DENOM. */
const HEADER = 'KEY,FREQ,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE\n';
const observed = (currency: string, day: string, value: string) =>
  `EXR.D.${currency}.EUR.SP00.A,D,${currency},EUR,${day},${value}\n`;
const RATES =
  HEADER +
  observed('USD', '2026-11-05', '1.0845') +
  observed('JPY', '2026-11-05', '162.55') +
  observed('KWD', '2026-11-05', '0.3331') +
  observed('GBP', '2026-11-05', '0.85') +
  observed('RUB', '2026-11-05', 'NaN');

let server: Server;
/** What the address answers, one after the other; the last one stays. */
let answers: ((response: ServerResponse) => void)[] = [];
const text = (body: string) => (response: ServerResponse) => void response.end(body);
const status = (code: number, headers = {}) => {
  return (response: ServerResponse) => void response.writeHead(code, headers).end();
};

let service: TestService;
let key: string;
let loads: LoadClient;

beforeAll(async () => {
  server = createServer((_, response) => {
    (answers.length > 1 ? answers.shift()! : answers[0]!)(response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closeAfterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  service = await startTestService({ fxRatesUrl: url(), fxRatesMapping: ECB });
  key = await service.key('sales:read');
  loads = new LoadClient(service, await service.key('admin'));
  await place('usd', 'USD', 10, '2026-11-05');
  await place('jpy', 'JPY', 1000, '2026-11-06');
  await place('kwd', 'KWD', 5.125, '2026-11-07');
  await service.run();
});

const ECB = 'mappings/ecb_fx_rates.yml';
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/rates?key=secret`;

async function place(id: string, currency: string, price: number, day: string): Promise<void> {
  const event = orderCompleted(id, { at: `${day}T10:00:00Z`, price, properties: { currency } });
  const response = await service.post('/v1/track', event, await service.key('events:write'));
  expect(response.status).toBe(200);
}

/** Gross sales and orders of the range, and how complete they are. */
async function told(currency?: string) {
  const asked = { ...RANGE, metrics: METRICS, compare: 'none', ...(currency ? { currency } : {}) };
  const { data, meta } = await ask<SummaryReply>(service, key, 'summary', asked);
  return [data['gross_sales']!.value, data['orders']!.value, meta.completeness, ...meta.held];
}

async function refresh(source: FxRatesSource): Promise<LoadView> {
  const id = await source.refresh();
  return loads.follow(id!);
}

it('answers for the orders in the currency asked for while there are no rates', async () => {
  expect(await told()).toEqual(['10.00', 1, 'partial']);
  expect(await told('JPY')).toEqual(['1000', 1, 'partial']);
  expect(await told('KWD')).toEqual(['5.125', 1, 'partial']);
});

it('fetches the rates, tries again, and follows no redirect', async () => {
  answers = [status(503), status(302, { location: '/elsewhere' }), text(''), text(RATES)];
  const config = { fxRatesUrl: url(), fxRatesMapping: ECB, schedules: 'off' as const };
  const parts = [service.app.get(Loads, { strict: false }), config] as const;
  const source = new FxRatesSource(...parts, createLogger('silent'), 1);
  const load = await refresh(source);
  expect(load).toMatchObject({
    ...{ entity: 'fx_rates', source: 'ecb', status: 'done', requested_by: 'FX_RATES_URL' },
    counts: { read: 5, loaded: 4, ignored: 1, rejected: 0, unchanged: 0 },
  });
  expect(answers).toHaveLength(1);
  expect(await source.refresh()).toBeNull();

  answers = [text(`${RATES}${'x'.repeat(17 * 1024 * 1024)}`)];
  expect(await source.refresh()).toBeNull();
  await source.onModuleDestroy();
});

it('converts every order, and rounds the sum once', async () => {
  await service.run();
  // 10 + 1000 × 1.0845 / 162.55 + 5.125 × 1.0845 / 0.3331
  expect(await told()).toEqual(['33.36', 3, 'complete']);
  expect(await told('JPY')).toEqual(['1000', 1, 'partial']);
  expect(await told('KWD')).toEqual(['5.125', 1, 'partial']);
  const products = await service.get(
    `/api/v1/sales/top-products?from=${RANGE.from}&to=${RANGE.to}`,
    key,
  );
  expect(await products.json()).toMatchObject({
    data: { rows: [{ key: 'p1', gross_sales: '33.36', orders: 3, units: 3 }] },
    meta: { completeness: 'complete' },
  });
});

it('says the same over REST, GraphQL and CSV', async () => {
  const asked = { ...RANGE, metrics: METRICS, granularity: 'day' };
  const { data } = await ask<SeriesReply>(service, key, 'series', asked);
  expect(data.points.map((point) => point['gross_sales'])).toEqual(['10.00', '6.67', '16.69']);
  const graphql = await askGraphql(
    service,
    key,
    'salesSeries',
    'from: "2026-11-05", to: "2026-11-08", metrics: [GROSS_SALES, NET_SALES, ORDERS], granularity: DAY',
  );
  expect(graphql.points!.map(({ values }) => byMetric(values))).toEqual(
    data.points.map(({ at: _, ...values }) => values),
  );
  const query = new URLSearchParams({ ...asked, format: 'csv' });
  const csv = await (await service.get(`/api/v1/sales/series?${query}`, key)).text();
  const rows = parse<Record<string, string>>(csv, { columns: true, record_delimiter: '\r\n' });
  expect(rows.map((row) => row['gross_sales'])).toEqual(['10.00', '6.67', '16.69']);
});

it('knows a currency by its rate, and refuses one with neither orders nor a rate', async () => {
  expect(await told('GBP')).toEqual(['0.00', 0, 'partial']);
  const refused = await service.get('/api/v1/sales/summary?currency=CHF', key);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
    422,
    'currency_without_rate',
  ]);
  const { body } = await postGraphql(
    service,
    key,
    '{ salesSummary(currency: "CHF") { data { metric } } }',
  );
  expect(body.errors![0]!.extensions.code).toBe('currency_without_rate');
});

it('keeps the last good numbers while an order has no rate, and heals when it comes', async () => {
  await place('chf', 'CHF', 100, '2026-11-05');
  await place('usd-2', 'USD', 1, '2026-11-05');
  expect((await service.run()).status).toBe('held');
  expect(await told()).toEqual(['33.36', 3, 'complete', 'gold.sales_15m']);
  answers = [text(RATES + observed('CHF', '2026-11-05', '0.94'))];
  const load = await refresh(service.app.get(FxRatesSource, { strict: false }));
  expect(load.counts).toMatchObject({ loaded: 1, unchanged: 4 });
  expect((await service.run()).status).toBe('published');
  expect(await told()).toEqual(['149.73', 5, 'complete']);
});
