/** A shop's year loaded from its file with the shipped mapping, and its published numbers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestService, type TestService } from '../../support/service.js';
import {
  ask,
  type BreakdownReply,
  type Parameters,
  type SeriesReply,
  type SummaryReply,
} from '../sales/client.js';
import { counts, LoadClient, type LoadView } from './load-client.js';

const datasets = process.env['CARTOGRAPH_DATASETS'];
// One of the skips that REQUIRE_ALL=1 allows: the file is no part of the repository.
if (!datasets) process.stderr.write('SKIPPED online retail: CARTOGRAPH_DATASETS is not set\n');

const FILE = 'online_retail/online_retail.csv.gz';
const MAPPING = new URL('../../../mappings/online_retail.yml', import.meta.url);
const MINUTE_MS = 60_000;
const LOAD_MS_MAX = 10 * MINUTE_MS;
/** The file's own range, in the shop's own time; in no other currency is there anything. */
const RANGE = {
  from: '2010-12-01',
  to: '2011-12-10',
  timezone: 'Europe/London',
  currency: 'GBP',
};

const WHOLE = {
  gross_sales: '10666684.54',
  refunds: '918936.61',
  discounts: '0.00',
  net_sales: '9747747.93',
  orders: 19_960,
  units: 5_588_376,
};

/** Rows with a customer and both numbers above zero. */
const CLEAN = {
  gross_sales: '8911407.90',
  orders: 18_532,
  customers: 4_338,
  units: 5_167_812,
  average_order_value: '480.87',
};

const CLEAN_MONTHS = {
  '2010-12': '572713.89',
  '2011-01': '569445.04',
  '2011-02': '447137.35',
  '2011-03': '595500.76',
  '2011-04': '469200.36',
  '2011-05': '678594.56',
  '2011-06': '661213.69',
  '2011-07': '600091.01',
  '2011-08': '645343.90',
  '2011-09': '952838.38',
  '2011-10': '1039318.79',
  '2011-11': '1161817.38',
  '2011-12': '518192.79',
};

(datasets ? describe : describe.skip)('Online Retail', () => {
  let service: TestService;
  let readKey: string;

  async function loadFile(): Promise<LoadView> {
    const client = new LoadClient(service, await service.key('pipelines:run'));
    const content = readFileSync(join(datasets!, FILE));
    const mapping = readFileSync(MAPPING, 'utf8');
    const file = { entity: 'order_lines', name: 'online_retail.csv.gz', mapping, content };
    const load = await client.load(file, LOAD_MS_MAX);
    expect(await service.run('streaming')).toMatchObject({ status: 'published', error: null });
    return load;
  }

  const rest = <T>(view: string, parameters: Parameters) =>
    ask<T>(service, readKey, view, { ...RANGE, ...parameters });

  async function summaryOf(metrics: object, parameters: Parameters = {}) {
    const given = { metrics: Object.keys(metrics).join(','), compare: 'none', ...parameters };
    const { data } = await rest<SummaryReply>('summary', given);
    return Object.fromEntries(Object.entries(data).map(([id, { value }]) => [id, value]));
  }

  async function expectPublishedNumbers(): Promise<void> {
    expect(await summaryOf(WHOLE)).toEqual(WHOLE);
    expect(await summaryOf(CLEAN, { 'filter[customer_known]': 'true' })).toEqual(CLEAN);
  }

  beforeAll(async () => {
    service = await startTestService();
    readKey = await service.key('sales:read');
    const load = await loadFile();
    expect(load).toMatchObject({ status: 'done', error: null, rows_total: 541_909 });
    expect(load.counts).toEqual(counts({ loaded: 539_394, ignored: 2_515 }));
    expect(load.counts.read).toBe(541_909);
  }, 2 * LOAD_MS_MAX);

  it('has its published gross, refunds, net, orders and units', expectPublishedNumbers);

  it('has nothing in the reporting currency, which is another', async () => {
    const inDollars = await summaryOf({ gross_sales: 0, orders: 0 }, { currency: 'USD' });
    expect(inDollars).toEqual({ gross_sales: '0.00', orders: 0 });
  });

  it('sums to the whole by country, the United Kingdom first, by its code and its name', async () => {
    const given = { by: 'country', metrics: 'net_sales', limit: 100 };
    const { data } = await rest<BreakdownReply>('breakdown', given);
    expect(data.rows[0]).toEqual({
      key: 'GB',
      label: 'United Kingdom',
      net_sales: '8187806.36',
    });
    expect(data.rows).toHaveLength(38);
    const total = data.rows.reduce((sum, row) => sum + Number(row['net_sales']), 0);
    expect(total).toBeCloseTo(Number(WHOLE.net_sales), 0);
    const named = data.rows.map(({ key, label }) => [key, label]);
    expect(named).toEqual(
      expect.arrayContaining([
        ['IE', 'Ireland'],
        ['ZA', 'South Africa'],
        ['unknown', 'unknown'],
      ]),
    );
  });

  it('has customer 14646 first', async () => {
    const { data } = await rest<BreakdownReply>('top-customers', { limit: 1 });
    expect(data.rows).toEqual([
      expect.objectContaining({ key: '14646', label: '14646', net_sales: '279489.02' }),
    ]);
  });

  it('has the clean months of the shop’s own calendar', async () => {
    const given = {
      granularity: 'month',
      metrics: 'gross_sales',
      'filter[customer_known]': 'true',
    };
    const { data } = await rest<SeriesReply>('series', given);
    const months = data.points.map(({ at, gross_sales }) => [at.slice(0, 7), gross_sales]);
    expect(Object.fromEntries(months)).toEqual(CLEAN_MONTHS);
  });

  it('takes back as much by the day of the order as by the day of the refund', async () => {
    const totalsOf = (view: string) =>
      service.platform.warehouse.queryOne<{ gross: string; refunds: string; orders: string }>(
        'reader',
        `select sum(v.gross) as gross, sum(v.refunds) as refunds, sum(v.orders) as orders
         from ${view} as v where currency = 'GBP'`,
      );
    const byDay = await totalsOf('gold.fct_sales');
    expect(byDay).toEqual({ gross: '10666684.544', refunds: '918936.61', orders: '19960' });
    expect(await totalsOf('gold.fct_sales_by_order_date')).toEqual(byDay);
  });

  it(
    'loaded a second time changes nothing',
    async () => {
      const rowsOf = async () => {
        const path = '/api/v1/pipelines/tables/bronze.records/count';
        const answer = await service.get(path, await service.key('pipelines:run'));
        return ((await answer.json()) as { data: { count: number } }).data.count;
      };
      const before = await rowsOf();
      expect(before).toBe(541_909);
      const { status, counts: again } = await loadFile();
      expect(status).toBe('done');
      expect(again).toEqual(counts({ unchanged: 539_394, ignored: 2_515 }));
      expect(await rowsOf()).toBe(before);
      await expectPublishedNumbers();
    },
    2 * LOAD_MS_MAX,
  );
});
