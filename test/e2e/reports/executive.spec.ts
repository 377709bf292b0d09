/**
 * The executive report over three days of a shop: its numbers are those of the departments, its
 * forms say the same, what is late or held is left out, and the scheduled one is made once, kept
 * unchanged and delivered.
 */
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DateTime } from 'luxon';
import type { Answer, Summary } from '../../../src/contracts/metric-contract.js';
import { ArchiveService } from '../../../src/modules/reports/archive.service.js';
import { Deliveries } from '../../../src/modules/reports/deliveries.js';
import type { ExecutiveReport } from '../../../src/modules/reports/report.js';
import { ReportsSchedule } from '../../../src/modules/reports/reports.schedule.js';
import { ReportsService } from '../../../src/modules/reports/reports.service.js';
import { SetClock } from '../../integration/small-project.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll, temporaryFolder } from '../../support/stores.js';
import { postGraphql } from '../sales/client.js';

type Report = Answer<ExecutiveReport>;

const SECRET = 'a secret of the receiver';
/** The reports are of yesterday and the day before, so that the pipeline's own clock is right. */
const TODAY = DateTime.utc().startOf('day');
const YESTERDAY = TODAY.minus({ days: 1 });
const at = (daysAgo: number, time: string) =>
  `${TODAY.minus({ days: daysAgo }).toISODate()}T${time}Z`;

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const received: Received[] = [];
/** What the receiver answers next; 200 when nothing stands here. */
const answers: number[] = [];

async function startReceiver(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ path: request.url!, headers: request.headers, body });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closeAfterAll(() => new Promise((done) => server.close(() => done())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const order = (id: string, when: string, price: number, channel: string, product = 'p1') => {
  const url = `https://shop.example/?utm_source=${channel}&utm_medium=${channel === 'news' ? 'email' : 'cpc'}&utm_campaign=${channel}`;
  const context = { page: { url, path: '/' }, userAgent: 'Mozilla/5.0 (X11; Linux) Firefox/140.0' };
  const placed = orderCompleted(id, { at: when, price, user: `user-${id}` });
  const products = [{ product_id: product, name: `Product ${product}`, price, quantity: 1 }];
  return [
    {
      type: 'page',
      messageId: `page-${id}`,
      anonymousId: `visitor-${id}`,
      timestamp: when,
      context,
    },
    { ...placed, context, properties: { order_id: id, currency: 'USD', products } },
  ];
};

let service: TestService;
let key: string;
let folder: string;

beforeAll(async () => {
  const receiver = await startReceiver();
  folder = join(temporaryFolder(), 'reports');
  service = await startTestService({
    reportFolder: folder,
    reportWebhookUrl: `${receiver}/report`,
    reportWebhookSecret: SECRET,
    reportSlackUrl: `${receiver}/slack`,
    allowPrivateWebhooks: 'true',
  });
  key = await service.key('reports:read');
  const batch = [
    ...order('1', at(1, '10:00:00'), 100, 'news'),
    ...order('2', at(1, '11:00:00'), 60, 'news', 'p2'),
    ...order('3', at(1, '12:00:00'), 40, 'ads'),
    ...order('4', at(2, '10:00:00'), 50, 'ads', 'p3'),
    ...order('5', at(2, '11:00:00'), 30, 'ads'),
    {
      ...{ type: 'track', event: 'Product Reviewed', messageId: 'review-1', userId: 'user-1' },
      timestamp: at(1, '15:00:00'),
      properties: { product_id: 'p1', review_body: 'I love this mug, it is great!', rating: 5 },
    },
  ];
  const sent = await service.post('/v1/batch', { batch }, await service.key('events:write'));
  expect(await sent.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
  expect(await service.run()).toMatchObject({ status: 'published', error: null });
});

const read = (query: string) => service.get(`/api/v1/reports/executive${query}`, key);
const reportOf = async (query: string) => (await (await read(query)).json()) as Report;
const valuesOf = ({ data }: Report) =>
  Object.fromEntries(
    data.sections.flatMap(({ values }) => values.map((value) => [value.metric, value] as const)),
  );

describe('the executive report', () => {
  it('has the hand-counted numbers of yesterday beside the day before', async () => {
    const report = await reportOf('');
    expect(report.data).toMatchObject({ period: 'day', date: YESTERDAY.toISODate() });
    const values = valuesOf(report);
    expect(values['net_sales']).toMatchObject({ value: '200.00', previous: '80.00', change: 1.5 });
    expect(values['orders']).toMatchObject({ value: 3, previous: 2, change: 0.5 });
    expect(values['average_order_value']).toMatchObject({ value: '66.67', previous: '40.00' });
    expect(values['conversion_rate']).toMatchObject({ value: 0.75, year_before: null });
    expect(values['new_customers']).toMatchObject({ value: 3, previous: 2 });
    expect(values['feedback']).toMatchObject({ value: 1, previous: 0, change: null });
    const [products, campaigns] = report.data.lists;
    const keys = (rows: { key: string; difference: unknown }[]) =>
      rows.map(({ key: name, difference }) => `${name} ${String(difference)}`);
    expect(keys(products!.top)).toEqual(['p1 110.00', 'p2 60.00']);
    expect(keys(products!.falling)).toEqual(['p3 -50.00']);
    expect(keys(campaigns!.top)).toEqual(['news 160.00', 'ads -40.00']);
    expect(report.data.explanation).toEqual({
      metric: 'net_sales',
      dimension: 'channel',
      sentences: [
        'Net sales rose by 120.00 USD (+150%) against the day before, to 200.00 USD.',
        'The largest part of it is channel email: from 0.00 USD to 160.00 USD, 133.3% of the change.',
        expect.stringMatching(/^Against it, channel paid.* fell by 40\.00 USD\.$/),
      ],
    });
    expect(report.meta).toMatchObject({ completeness: 'complete', held: [], currency: 'USD' });
    expect(report.meta.asOf! >= TODAY.toISO()).toBe(true);
  });

  it.each(['day', 'week', 'month'])('says of a %s what the departments say', async (period) => {
    const { data } = await reportOf(`?period=${period}&date=${YESTERDAY.toISODate()}`);
    const all = await service.key(
      ...['sales:read', 'behaviour:read', 'customers:read', 'campaigns:read', 'sentiment:read'],
    );
    for (const { department, values } of data.sections) {
      expect(values.length).toBeGreaterThan(0);
      const summaryOf = async ({ from, to }: { from: string; to: string }) => {
        const query = new URLSearchParams({
          ...{ from, to, timezone: data.timezone, compare: 'none' },
          metrics: values.map(({ metric }) => metric).join(','),
        });
        const answer = await service.get(`/api/v1/${department}/summary?${query}`, all);
        return ((await answer.json()) as Answer<Summary>).data;
      };
      const [now, before, year] = [
        await summaryOf(data.range),
        await summaryOf(data.previous_range),
        await summaryOf(data.year_before_range),
      ];
      const told = values.map(({ metric, value, previous, year_before }) => [
        ...[metric, value, previous, year_before],
      ]);
      const theirs = values.map(({ metric }) => [
        ...[metric, now[metric]!.value, before[metric]!.value, year[metric]!.value],
      ]);
      expect(told).toEqual(theirs);
    }
  });

  it('says the same as one page, as a table and in GraphQL', async () => {
    const report = await reportOf('');
    const page = await read('?format=html');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(html).toContain('200.00 USD');
    expect(html).toContain(report.data.explanation!.sentences[0]!);
    expect(html).not.toMatch(/<script|https?:\/\//);
    const csv = await read('?format=csv');
    const lines = parse<Record<string, string>>(await csv.text(), { columns: true });
    const fromCsv = lines
      .filter(({ section }) =>
        report.data.sections.some(({ department }) => department === section),
      )
      .map(({ metric, value }) => [metric, value]);
    const fromJson = Object.values(valuesOf(report)).map(({ metric, value }) => [
      metric,
      value === null ? '' : String(value),
    ]);
    expect(fromCsv).toEqual(fromJson);
    const query = `{ executiveReport { date sections { values { metric value change } } notes } }`;
    const { body } = await postGraphql(service, key, query);
    expect(body.errors).toBeUndefined();
    const { executiveReport } = body.data as unknown as { executiveReport: ExecutiveReport };
    const told = executiveReport.sections.flatMap(({ values }) =>
      values.map(({ metric, value, change }) => [metric, value, change]),
    );
    expect(told).toEqual(
      Object.values(valuesOf(report)).map(({ metric, value, change }) => [metric, value, change]),
    );
  });

  it('says so where the period is not over', async () => {
    const { data } = await reportOf(`?date=${TODAY.toISODate()}`);
    expect(data.notes[0]).toBe('The period is not over: the numbers are those so far.');
  });

  it.each([
    ['?period=year', 'invalid_parameter'],
    ['?date=yesterday', 'invalid_parameter'],
    ['?timezone=Mars', 'unknown_timezone'],
    ['?dates=2026-01-01', 'unknown_parameter'],
    ['?format=pdf', 'invalid_parameter'],
  ])('refuses %s', async (query, code) => {
    const response = await read(query);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      400,
      code,
    ]);
  });
});

describe('the scheduled report', () => {
  const clock = new SetClock(TODAY.set({ hour: 5 }).toJSDate());
  let schedule: ReportsSchedule;
  let archive: ArchiveService;

  const listed = async () => (await archive.list()).map(({ period, date }) => `${period} ${date}`);

  beforeAll(async () => {
    const { app, platform } = service;
    const { dataSource } = platform.controlDb;
    archive = new ArchiveService(dataSource, clock);
    await dataSource.query('update installation set opened_at = $1', [at(1, '06:00:00')]);
    const deliveries = new Deliveries(dataSource, archive, platform.config, clock, platform.logger);
    schedule = new ReportsSchedule(
      app.get(SchedulerRegistry, { strict: false }),
      app.get(ReportsService, { strict: false }),
      archive,
      deliveries,
      { config: platform.config, clock, logger: platform.logger },
    );
  });

  it('is not made before its time, nor of what ended before the installation', async () => {
    clock.time = TODAY.set({ hour: 5, minute: 59 }).toJSDate();
    await schedule.tick();
    expect(await listed()).toEqual([]);
  });

  it('is made once, kept as it was, and delivered to every place', async () => {
    answers.push(500);
    clock.time = TODAY.set({ hour: 6, minute: 1 }).toJSDate();
    await Promise.all([schedule.tick(), schedule.tick()]);
    await schedule.tick();
    const made = (await listed()).filter((one) => one.startsWith('day'));
    expect(made).toEqual([`day ${YESTERDAY.toISODate()}`]);
    const day = (await archive.list()).find(({ period }) => period === 'day')!;
    const kept = await service.get(`/api/v1/reports/archive/${day.id}`, key);
    expect((await kept.json()) as Report).toEqual(await archive.find(day.id));
    const file = join(folder, `executive-day-${YESTERDAY.toISODate()}`);
    expect(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).toEqual(await archive.find(day.id));
    expect(readFileSync(`${file}.html`, 'utf8')).toContain('200.00 USD');
    expect(existsSync(`${file}.csv.part`)).toBe(false);
    await expect(
      service.platform.controlDb.dataSource.query(`update reports set document = 'other'`),
    ).rejects.toThrow('never changed');
  });

  it('tries again what was refused, signs it, and never sends it twice', async () => {
    const refused = (await archive.list())
      .flatMap(({ deliveries }) => deliveries)
      .filter(({ delivered_at: when }) => when === null);
    expect(refused).toMatchObject([{ error: 'answered 500', attempts: 1 }]);
    const before = received.length;
    clock.time = TODAY.set({ hour: 6, minute: 3 }).toJSDate();
    await schedule.tick();
    await schedule.tick();
    expect(received).toHaveLength(before + 1);
    const statuses = (await archive.list()).flatMap(({ deliveries }) => deliveries);
    expect(statuses.filter(({ delivered_at: when }) => when === null)).toEqual([]);
    const [webhook] = received.filter(({ path }) => path === '/report').slice(-1);
    const digest = createHmac('sha256', SECRET).update(webhook!.body).digest('hex');
    expect(webhook!.headers['x-cartograph-signature']).toBe(`sha256=${digest}`);
    expect(JSON.parse(webhook!.body)).toMatchObject({
      type: 'report.executive',
      data: { period: expect.any(String) },
    });
    const slack = JSON.parse(received.find(({ path }) => path === '/slack')!.body) as object;
    expect(slack).toMatchObject({
      text: expect.stringContaining('Executive report'),
      blocks: expect.any(Array),
    });
  });

  it('waits for data that is late, and leaves it out with a note when it has waited enough', async () => {
    const { dataSource } = service.platform.controlDb;
    await dataSource.query(
      `update model_states set status = 'held', reason = 'a test' where model = 'gold.sales_15m'`,
    );
    await dataSource.query('alter table reports disable trigger reports_stay');
    await dataSource.query('delete from report_deliveries');
    await dataSource.query('delete from reports');
    await dataSource.query('alter table reports enable trigger reports_stay');
    // A service of its own learns within a second what another one wrote.
    await new Promise((done) => setTimeout(done, 1_200));
    clock.time = TODAY.set({ hour: 6, minute: 30 }).toJSDate();
    await schedule.tick();
    expect(await listed()).toEqual([]);
    clock.time = TODAY.set({ hour: 9, minute: 1 }).toJSDate();
    await schedule.tick();
    const day = (await archive.list()).find(({ period }) => period === 'day')!;
    const { data } = await archive.find(day.id);
    const sales = data.sections.find(({ department }) => department === 'sales')!;
    expect(sales.values).toEqual([]);
    expect(sales.note).toContain('gold.sales_15m did not pass its checks');
    expect(data.lists).toEqual([]);
    expect(data.notes.join()).toContain('Sales: left out');
    expect(data.quality.held).toContain('gold.sales_15m');
  });
});
