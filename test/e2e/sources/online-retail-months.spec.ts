/** The first two months of a shop's year, loaded from its file with the shipped mapping. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startTestService, type TestService } from '../../support/service.js';
import { ask, type BreakdownReply, type SeriesReply } from '../sales/client.js';
import { LoadClient } from './load-client.js';

const datasets = process.env['CARTOGRAPH_DATASETS'];
// One of the skips that REQUIRE_ALL=1 allows: the file is no part of the repository.
if (!datasets) {
  process.stderr.write('SKIPPED online retail, two months: CARTOGRAPH_DATASETS is not set\n');
}

const LOAD_MS_MAX = 240_000;
const RANGE = {
  from: '2010-12-01',
  to: '2011-02-01',
  timezone: 'Europe/London',
  currency: 'GBP',
};

(datasets ? describe : describe.skip)('Online Retail, two months', () => {
  let service: TestService;
  let client: LoadClient;
  let readKey: string;
  let rows: number;

  /** The file is in the order of its invoices' dates. */
  function twoMonths(): Buffer {
    const text = gunzipSync(readFileSync(join(datasets!, 'online_retail/online_retail.csv.gz')));
    const end = text.indexOf('2011-02-01');
    const whole = text.subarray(0, text.lastIndexOf('\n', end) + 1);
    return gzipSync(whole);
  }

  function load() {
    const content = twoMonths();
    const mapping = readFileSync(
      new URL('../../../mappings/online_retail.yml', import.meta.url),
      'utf8',
    );
    const file = { entity: 'order_lines', name: 'online_retail.csv.gz', mapping, content };
    return client.load(file, LOAD_MS_MAX);
  }

  beforeAll(async () => {
    service = await startTestService();
    readKey = await service.key('sales:read');
    client = new LoadClient(service, await service.key('pipelines:run'));
    const { status, error, counts } = await load();
    expect({ status, error, rejected: counts.rejected }).toEqual({
      ...{ status: 'done', error: null, rejected: 0 },
    });
    rows = counts.loaded;
    expect(await service.run('streaming')).toMatchObject({ status: 'published', error: null });
  }, LOAD_MS_MAX);

  it('have the published revenue of their clean rows', async () => {
    const { data } = await ask<SeriesReply>(service, readKey, 'series', {
      ...RANGE,
      granularity: 'month',
      metrics: 'gross_sales',
      'filter[customer_known]': 'true',
    });
    const months = data.points.map(({ at, gross_sales }) => [at.slice(0, 7), gross_sales]);
    expect(Object.fromEntries(months)).toEqual({ '2010-12': '572713.89', '2011-01': '569445.04' });
  });

  it('sum to the whole by country', async () => {
    const given = { ...RANGE, by: 'country', metrics: 'net_sales', limit: 100 };
    const { data } = await ask<BreakdownReply>(service, readKey, 'breakdown', given);
    expect(data.rows[0]).toMatchObject({ key: 'GB', label: 'United Kingdom' });
    const { sum } = await service.platform.warehouse.queryOne<{ sum: string }>(
      'reader',
      `select sum(gross - discount - refunds) as sum from gold.fct_sales where currency = 'GBP'`,
    );
    const total = data.rows.reduce((whole, row) => whole + Number(row['net_sales']), 0);
    expect(total).toBeCloseTo(Number(sum), 0);
  });

  it('change nothing when they are loaded again', async () => {
    const { counts } = await load();
    expect(counts).toMatchObject({ loaded: 0, rejected: 0, unchanged: rows });
  });
});
