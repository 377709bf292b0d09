/**
 * kill -9 under load, again and again on one directory and port: nothing acknowledged is lost or
 * doubled. One shop's SDK lives through all of it and retries; others send once and give up.
 */
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
import { isAcknowledged, sendLoad, type Sent } from '../process/load.js';
import { withWarehouse } from '../process/stored.js';
import { expectBalanced, recountOrders, tell } from './balance.js';
import { startShopper, type Shopper } from './shopper.js';

/** `npm run test:faults` runs twenty. */
const TRIALS = Number(process.env['FAULT_TRIALS'] ?? 2);
const TRIAL_MS_MAX = 30_000;
const ACKNOWLEDGED_BATCHES_MIN = 15;
const SEED = 20_261_105;

/** Streaming ticks are frequent, so that a kill may fall into a publish. */
const ENVIRONMENT = { STREAMING_INTERVAL_MS: '200', LOG_LEVEL: 'error' };

/** Sends until the service dies of a kill at a random batch. */
async function killUnderLoad(
  service: SpawnedService,
  trial: number,
  random: Random,
): Promise<Sent[]> {
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
  const cents = Math.round(Number(data.gross_sales.value) * 100);
  return { orders: Number(data.orders.value), cents };
}

describe(`a service that is killed under load, ${TRIALS} times`, () => {
  const random = new Random(SEED);
  const sent: Sent[] = [];
  let dataDir: string;
  let shopper: Shopper;
  let sales: { orders: number; cents: number };

  beforeAll(
    async () => {
      dataDir = dataDirectory();
      let service = await spawnService(dataDir, ENVIRONMENT);
      const { port } = new URL(service.url);
      const writeKey = await createWriteKey(service, 'shop');
      shopper = startShopper(service.url, writeKey, 'shopper');
      for (let trial = 1; trial <= TRIALS; trial += 1) {
        sent.push(...(await killUnderLoad(service, trial, random)));
        expect(processesNaming(`${dataDir}/postgres`)).not.toEqual([]);
        service = await spawnService(dataDir, ENVIRONMENT, port);
      }
      await shopper.finish();
      expect(await runPipeline(service)).toBe('published');
      sales = await salesOf(service);
      expect(await service.end('SIGTERM')).toMatchObject({ code: 0 });
    },
    120_000 + TRIALS * TRIAL_MS_MAX,
  );

  it('leaves no process once it is stopped, the orphaned databases included', () => {
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('takes all that the SDK retries, and something of the others', () => {
    expect(shopper.failed).toEqual([]);
    expect(shopper.acknowledged.length).toBe(shopper.sent.length);
    const acknowledged = sent.filter(isAcknowledged);
    tell('kill, without retries', { batches: sent.length, acknowledged: acknowledged.length });
    expect(acknowledged.length).toBeGreaterThanOrEqual(TRIALS * ACKNOWLEDGED_BATCHES_MIN);
    expect(sent.length).toBeGreaterThan(acknowledged.length);
  });

  it('has every acknowledged event exactly once, none twice, and gold says the same', async () => {
    const idsOf = (batches: Sent[]) => batches.flatMap(({ messageIds }) => messageIds);
    await withWarehouse(dataDir, async (warehouse) => {
      await expectBalanced(`kill -9, ${TRIALS} times`, warehouse, {
        sent: [...shopper.sent, ...idsOf(sent)],
        acknowledged: [...shopper.acknowledged, ...idsOf(sent.filter(isAcknowledged))],
      });
      expect(sales).toEqual(await recountOrders(warehouse));
    });
  });
});
