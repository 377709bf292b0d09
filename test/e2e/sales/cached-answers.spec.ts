/** The cache under a live stream: a closed month is served from it, today is never behind. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Runner } from '../../../src/analytics/index.js';
import { builtFile, runUntilReadyThenKill } from '../../support/killed-service.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { ask, type Parameters, type SummaryReply } from './client.js';

const TICKS = 3;
const QUESTIONS_MIN = 50;
const HIT_SHARE_MIN = 0.95;
/** A publish elsewhere is known after 1 s; the other is for a slow machine. */
const KNOWN_MS_MAX = 2_000;

const CLOSED_MONTH = { from: '2026-01-01', to: '2026-02-01', compare: 'none', metrics: 'orders' };
const CLOSED_DAY = '2026-01-10';
const CLOSED_ORDERS = 3;

let service: TestService;
let runner: Runner;
let writeKey: string;
let readKey: string;

async function summary(parameters: Parameters) {
  const { data, meta } = await ask<SummaryReply>(service, readKey, 'summary', parameters);
  return { orders: Number(data['orders']!.value), servedFrom: meta.servedFrom };
}

async function post(orderId: string, at: string): Promise<void> {
  const response = await service.post('/v1/track', orderCompleted(orderId, { at }), writeKey);
  expect(response.status).toBe(200);
}

beforeAll(async () => {
  service = await startTestService({ addressRequestsPerSecond: '0' });
  runner = service.app.get(Runner);
  writeKey = await service.key('events:write');
  readKey = await service.key('sales:read');
  for (let order = 1; order <= CLOSED_ORDERS; order += 1) {
    await post(`closed-${order}`, `${CLOSED_DAY}T10:00:00.000Z`);
  }
  expect((await service.run('streaming')).status).toBe('published');
});

it('serves a closed month from the cache while today is published again and again', async () => {
  // Around midnight today becomes yesterday.
  const now = Date.now();
  const day = (offset: number) => new Date(now + offset * 86_400_000).toISOString().slice(0, 10);
  const recent = { from: day(-1), to: day(2), compare: 'none', metrics: 'orders' };
  const servedFrom: string[] = [];
  for (let tick = 1; tick <= TICKS; tick += 1) {
    await post(`live-${tick}`, new Date().toISOString());
    let isTicking = true;
    const ticking = runner.tick('streaming').finally(() => (isTicking = false));
    while (isTicking) {
      const answer = await summary(CLOSED_MONTH);
      expect(answer.orders).toBe(CLOSED_ORDERS);
      servedFrom.push(answer.servedFrom);
    }
    expect((await ticking)?.models['gold.sales_15m']?.status).toBe('published');
    expect(await summary(recent)).toEqual({ orders: tick, servedFrom: 'gold' });
    expect(await summary(recent)).toEqual({ orders: tick, servedFrom: 'cache' });
  }
  expect(servedFrom.length).toBeGreaterThan(QUESTIONS_MIN);
  const hits = servedFrom.filter((from) => from === 'cache').length;
  expect(hits / servedFrom.length).toBeGreaterThan(HIT_SHARE_MIN);
  const counted = await (await fetch(`${service.url}/metrics`)).text();
  expect(counted).toContain(`cartograph_answers_total{served_from="cache"} ${hits + TICKS}`);
});

/** Marks the closed day as one that is being published, and says so. */
const PUBLISHER = `
  import { ControlDb } from '${builtFile('platform/control-db/control-db.js')}';
  import { Clock } from '${builtFile('platform/clock/clock.js')}';
  import { PublishLog } from '${builtFile('analytics/runner/publish-log.js')}';
  const controlDb = await ControlDb.open({ databaseUrl: process.argv.at(-1), dataDir: '' });
  const log = new PublishLog(controlDb.dataSource, new Clock());
  const [{ epoch }] = await controlDb.dataSource.query(
    'select max(id) as epoch from leader_epochs');
  const partitions = ['${CLOSED_DAY}'];
  const runId = '${randomUUID()}';
  await log.begin({ model: 'gold.sales_15m', partitions, runId, epoch });
  console.log('publishing');`;

it('serves no old number of a publisher that was killed before it was done', async () => {
  await summary(CLOSED_MONTH);
  expect(await summary(CLOSED_MONTH)).toMatchObject({ servedFrom: 'cache' });
  await runUntilReadyThenKill(PUBLISHER, service.platform.controlDb.url);
  const killedAt = performance.now();
  while ((await summary(CLOSED_MONTH)).servedFrom === 'cache') await setImmediate();
  expect(performance.now() - killedAt).toBeLessThan(KNOWN_MS_MAX);
  // Its swap may stand or not: what the rows say is the answer, each time anew.
  await service.platform.warehouse.command(
    'pipeline',
    `alter table gold.sales_15m delete where toDate(bucket_at) = {day:Date}
     settings mutations_sync = 1`,
    { day: CLOSED_DAY },
  );
  for (const _again of [1, 2]) {
    expect(await summary(CLOSED_MONTH)).toEqual({ orders: 0, servedFrom: 'gold' });
  }
  await runner.resign();
  expect(await runner.lead()).toBe(true);
  expect(await summary(CLOSED_MONTH)).toEqual({ orders: 0, servedFrom: 'gold' });
  expect(await summary(CLOSED_MONTH)).toEqual({ orders: 0, servedFrom: 'cache' });
});
