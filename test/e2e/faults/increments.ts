/**
 * Increments of a small shop's events as a collector takes them: visits, orders of two months that
 * are edited, refunded and cancelled, visitors who become known. Each touches what came before it.
 */
import type { JsonObject } from '../../../src/contracts/json.js';
import type { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import { dump } from '../../models/golden.js';
import { openTestPipeline } from '../../support/pipeline.js';
import { BROWSER } from '../process/load.js';
import type { SpawnedService } from '../../support/spawned-service.js';

const VISITS = 12;

export function incrementOf(step: number): JsonObject[] {
  return Array.from({ length: VISITS }, (_, visit) => visitOf(step, visit)).flat();
}

function visitOf(step: number, visit: number): JsonObject[] {
  const month = visit % 3 === 0 ? '10' : '11';
  const day = String(1 + ((3 * step + visit) % 25)).padStart(2, '0');
  const at = (minute: number) => `2026-${month}-${day}T1${visit % 10}:${10 + minute}:00.000Z`;
  const name = `${step}-${visit}`;
  const anonymousId = `visitor-${name}`;
  let messages = 0;
  const call = (type: string, minute: number, rest: JsonObject): JsonObject => ({
    ...{ type, messageId: `s${name}-${messages++}`, timestamp: at(minute) },
    ...{ anonymousId, ...rest },
  });
  const track = (event: string, minute: number, properties: JsonObject) =>
    call('track', minute, { event, properties });
  const product = {
    product_id: `p${visit % 4}`,
    name: 'Mug',
    category: 'Kitchen',
    price: 10 + visit,
  };
  const order = { order_id: `o${name}`, currency: 'USD', tax: 2, shipping: 3, discount: 1 };
  const before = `o${step - 1}-${visit}`;
  const url = `https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=c${visit % 2}`;
  const later: JsonObject[] = [
    track('Order Refunded', 7, { order_id: before, refund_id: `r${name}`, total: 5 }),
    track('Order Cancelled', 8, { order_id: before }),
    track('Order Updated', 9, { order_id: before, products: [{ ...product, quantity: 1 }] }),
  ];
  return [
    call('page', 0, { name: 'Home', properties: { url, path: '/' } }),
    track('Product Viewed', 1, product),
    track('Product Added', 2, { ...product, quantity: 2 }),
    track('Order Completed', 3, { ...order, products: [{ ...product, quantity: 2 }] }),
    call('identify', 4, { userId: `u${visit}`, traits: { email: `u${visit}@example.com` } }),
    ...(step > 1 ? [later[visit % 3]!] : []),
  ];
}

export async function send(
  service: SpawnedService,
  writeKey: string,
  batch: JsonObject[],
): Promise<void> {
  const response = await fetch(`${service.url}/v1/batch`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': BROWSER,
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    },
    body: JSON.stringify({ batch }),
  });
  expect(await response.json()).toMatchObject({ accepted: batch.length, rejected: 0 });
}

type Tables = Record<string, string[]>;

/** Every table of every model as readers see it, what was frozen included. */
export function everyTable(warehouse: Warehouse, models: readonly { name: string }[]) {
  const project = { models } as Parameters<typeof dump>[0]['runner']['project'];
  const pipeline = { warehouse, runner: { project } } as Parameters<typeof dump>[0];
  return dump(
    pipeline,
    models.map(({ name }) => name),
  );
}

/** The rows of bronze by increment, as a collector stored them. */
export async function bronzeOf(warehouse: Warehouse, steps: number) {
  const increments: Record<string, unknown>[][] = [];
  for (let step = 1; step <= steps; step += 1) {
    const rows = await warehouse.query<Record<string, unknown>>(
      'reader',
      `select * except _loaded_at from bronze.events
       where startsWith(message_id, {prefix:String}) order by message_id`,
      { prefix: `s${step}-` },
    );
    increments.push(rows);
  }
  return increments;
}

/** What the same rows come to, increment by increment, when nobody disturbs the runs. */
export async function undisturbed(increments: Record<string, unknown>[][]): Promise<Tables> {
  const { runner, warehouse } = await openTestPipeline('url');
  for (const rows of increments) {
    const lines = rows.map((row) => JSON.stringify(row));
    await warehouse.insertLines('bronze.events', Object.keys(rows[0]!), lines);
    expect((await runner.run({ target: 'all', trigger: 'request' })).status).toBe('published');
  }
  return everyTable(warehouse, runner.project.models);
}
