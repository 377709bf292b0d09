/** kill -9 under load, three times on one directory: nothing acknowledged is lost or doubled. */
import { DateTime } from 'luxon';
import { Random } from '../../../src/cli/shop/prng.js';
import { processesNaming } from '../../support/processes.js';
import {
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { isAcknowledged, sendLoad, sumCents, type Sent } from './load.js';
import { countByMessage, withWarehouse } from './stored.js';

const TRIALS = 3;
const ACKNOWLEDGED_BATCHES_MIN = 15;
const SEED = 20_261_105;

/** Streaming ticks are frequent, so that a kill may fall into a publish. */
const ENVIRONMENT = { STREAMING_INTERVAL_MS: '200', LOG_LEVEL: 'error' };

async function killUnderLoad(dataDir: string, trial: number, random: Random): Promise<Sent[]> {
  const service = await spawnService(dataDir, ENVIRONMENT);
  const writeKey = await createWriteKey(service, `shop-${trial}`);
  const killAt = random.integer(ACKNOWLEDGED_BATCHES_MIN, 5 * ACKNOWLEDGED_BATCHES_MIN);
  const load = sendLoad(service.url, writeKey, `trial-${trial}`, random, (batches) => {
    if (batches === killAt) process.kill(service.pid, 'SIGKILL');
  });
  const { signal } = await service.ended;
  await load.ended;
  expect(signal).toBe('SIGKILL');
  return load.sent;
}

async function salesOf(service: SpawnedService): Promise<{ orders: number; cents: number }> {
  const day = (offset: number) => DateTime.utc().plus({ days: offset }).toISODate();
  const query = new URLSearchParams({
    metrics: 'orders,gross_sales',
    from: day(-1),
    to: day(2),
    compare: 'none',
  });
  const answer = await service.request('GET', `/api/v1/sales/summary?${query}`);
  type Values = Record<'orders' | 'gross_sales', { value: string }>;
  const { data } = (await answer.json()) as { data: Values };
  return { orders: Number(data.orders.value), cents: cents(data.gross_sales.value) };
}

const cents = (amount: string) => Math.round(Number(amount) * 100);

/** Adds the orders' lines up from the events themselves, in the test's own arithmetic. */
async function recount(dataDir: string): Promise<{ orders: number; cents: number }> {
  const rows = await withWarehouse(dataDir, (warehouse) =>
    warehouse.query<{ order_id: string; properties: string }>(
      'reader',
      `select order_id, properties from silver.events where event = 'Order Completed'`,
    ),
  );
  type Properties = { products: { price: number; quantity: number }[] };
  const amounts = rows.map(({ properties }) =>
    (JSON.parse(properties) as Properties).products.map((line) => line.price * line.quantity),
  );
  const total = amounts.flat().reduce((sum, amount) => sum + Math.round(amount * 100), 0);
  return { orders: new Set(rows.map(({ order_id }) => order_id)).size, cents: total };
}

describe('a service that is killed under load, three times', () => {
  const random = new Random(SEED);
  const sent: Sent[] = [];
  let dataDir: string;
  let sales: { orders: number; cents: number };

  beforeAll(async () => {
    dataDir = dataDirectory();
    for (let trial = 1; trial <= TRIALS; trial += 1) {
      sent.push(...(await killUnderLoad(dataDir, trial, random)));
      expect(processesNaming(`${dataDir}/postgres`)).not.toEqual([]);
    }
    const last = await spawnService(dataDir, { SCHEDULES: 'off', LOG_LEVEL: 'error' });
    expect(await runPipeline(last)).toBe('published');
    sales = await salesOf(last);
    expect(await last.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('leaves no process once it is stopped, the orphaned databases included', () => {
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('has every acknowledged event exactly once, and none twice', async () => {
    const acknowledged = sent.filter(isAcknowledged).flatMap(({ messageIds }) => messageIds);
    const known = new Set(sent.flatMap(({ messageIds }) => messageIds));
    const stored = await countByMessage(dataDir, 'silver.events');
    const lost = acknowledged.filter((id) => !stored.has(id));
    const twice = [...stored].filter(([, count]) => count > 1);
    process.stdout.write(
      `acknowledged ${acknowledged.length}, stored ${stored.size}, ` +
        `lost ${lost.length}, twice ${twice.length}\n`,
    );
    expect(acknowledged.length).toBeGreaterThanOrEqual(TRIALS * ACKNOWLEDGED_BATCHES_MIN * 20);
    expect(sent.length).toBeGreaterThan(sent.filter(isAcknowledged).length);
    expect(lost).toEqual([]);
    expect(twice).toEqual([]);
    expect([...stored.keys()].filter((id) => !known.has(id))).toEqual([]);
  });

  it('answers with the sales of what was acknowledged, and at most of what was sent', async () => {
    const acknowledged = sent.filter(isAcknowledged);
    expect(sales.orders).toBeGreaterThanOrEqual(acknowledged.length);
    expect(sales.orders).toBeLessThanOrEqual(sent.length);
    expect(sales.cents).toBeGreaterThanOrEqual(sumCents(acknowledged));
    expect(sales.cents).toBeLessThanOrEqual(sumCents(sent));
    expect(await recount(dataDir)).toEqual(sales);
  });
});
