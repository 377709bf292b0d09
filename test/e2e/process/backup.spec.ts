/**
 * A backup taken while events arrive and models run, and what is restored from it: nothing lost,
 * nothing twice, every table and every department's numbers as they were.
 */
import { jest } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BackupView } from '../../../src/cli/backup.command.js';
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import {
  cartograph,
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  startCartograph,
  until,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { temporaryFolder } from '../../support/stores.js';

const DEPARTMENTS = ['sales', 'behaviour', 'customers', 'campaigns', 'sentiment'];
const RANGE = 'from=2026-03-01&to=2026-04-01';
const MEMORY_MB = 800;
const ENVIRONMENT = { STREAMING_INTERVAL_MS: '1000' };

jest.setTimeout(600_000);

let source: SpawnedService;
let key: string;
const folder = temporaryFolder();
const underLoad = join(folder, 'under-load.tar.gz');
const atRest = join(folder, 'at-rest.tar.gz');
/** Batches by when they were acknowledged. */
const acknowledged: { at: number; batch: object[] }[] = [];
let startedAt: number;
let summaries: Record<string, unknown>;
let checksums: Record<string, string>;

const visitOf = (number: number): object[] => {
  const base = { anonymousId: `visitor-${number}`, userId: `user-${number}` };
  const day = String(1 + (number % 3)).padStart(2, '0');
  const at = (minute: string) => `2026-03-${day}T10:${minute}:00Z`;
  const product = { product_id: `p${number % 5}`, price: 10 + (number % 7), quantity: 1 };
  return [
    {
      ...base,
      type: 'identify',
      messageId: `i-${number}`,
      timestamp: at('00'),
      traits: { email: `jane${number}@example.com` },
    },
    {
      ...base,
      type: 'page',
      messageId: `p-${number}`,
      timestamp: at('01'),
      context: { page: { path: '/' } },
    },
    {
      ...{ ...base, type: 'track', event: 'Order Completed', messageId: `o-${number}` },
      timestamp: at('02'),
      properties: { order_id: `${number}`, currency: 'USD', products: [product] },
    },
    {
      ...{ ...base, type: 'track', event: 'Product Reviewed', messageId: `r-${number}` },
      timestamp: at('03'),
      properties: { product_id: 'p1', review_body: 'A wonderful mug.', rating: 5 },
    },
  ];
};

async function send(service: SpawnedService, writeKey: string, batch: object[]): Promise<void> {
  const response = await fetch(`${service.url}/v1/batch`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    },
    body: JSON.stringify({ batch }),
  });
  expect(response.status).toBe(200);
}

async function summariesOf(service: SpawnedService): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const department of DEPARTMENTS) {
    const answer = await service.request('GET', `/api/v1/${department}/summary?${RANGE}`);
    found[department] = ((await answer.json()) as { data: unknown }).data;
  }
  return found;
}

/** Rows and a checksum of every table, whatever its parts are. */
async function checksumsOf(dataDir: string): Promise<Record<string, string>> {
  const warehouse = await Warehouse.open({ dataDir, memoryMb: MEMORY_MB });
  try {
    const tables = await warehouse.query<{ name: string; engine: string }>(
      'reader',
      `select database || '.' || name as name, engine from system.tables
       where database in ('bronze', 'silver', 'gold', 'features', 'operations')
         and engine like '%MergeTree'`,
    );
    const found: Record<string, string> = {};
    for (const { name, engine } of tables) {
      const final = engine === 'MergeTree' ? '' : 'final';
      const { sum } = await warehouse.queryOne<{ sum: string }>(
        'reader',
        `select concat(toString(count()), ' ', toString(sum(cityHash64(*)))) as sum from ${name} ${final}`,
      );
      found[name] = sum;
    }
    return found;
  } finally {
    await warehouse.close();
  }
}

async function count(service: SpawnedService, table: string): Promise<number> {
  const answer = await service.request('GET', `/api/v1/pipelines/tables/${table}/count`);
  return ((await answer.json()) as { data: { count: number } }).data.count;
}

/** Every model; a run of the stream waits behind it and so tells its end. */
async function runAll(service: SpawnedService): Promise<void> {
  const started = await service.request('POST', '/api/v1/pipelines/runs', { target: 'all' });
  expect(started.status).toBe(202);
  expect(await runPipeline(service)).toBe('published');
}

const restore = (file: string, dataDir: string) =>
  cartograph(['restore', file, '--data-dir', dataDir]);

beforeAll(async () => {
  source = await spawnService(dataDirectory(), ENVIRONMENT);
  key = await createWriteKey(source, 'web');
  let isSending = true;
  const sending = (async () => {
    for (let number = 0; isSending; number += 1) {
      const batch = visitOf(number);
      await send(source, key, batch);
      acknowledged.push({ at: performance.now(), batch });
      // The numbers of a shop, and not of a race: each visit is sent again later.
      await pause(300);
    }
  })();
  await until(async () => ((await count(source, 'gold.sales_15m')) > 0 ? true : undefined));
  startedAt = performance.now();
  const options = ['--with-secret', '--json', '--data-dir', source.dataDir];
  const taken = await cartograph(['backup', underLoad, ...options]);
  expect(taken).toMatchObject({ code: 0 });
  expect(taken.stderr).toContain('whoever has the file can read the personal data');
  expect(JSON.parse(taken.stdout)).toMatchObject({
    status: 'done',
    error: null,
  } satisfies Partial<BackupView>);
  isSending = false;
  await sending;
  await runAll(source);
  summaries = await summariesOf(source);
  await source.end('SIGTERM');
  checksums = await checksumsOf(source.dataDir);
});

it('took it while events went on arriving', () => {
  const during = acknowledged.filter(({ at }) => at > startedAt);
  expect(during.length).toBeGreaterThan(2);
  expect(readdirSync(folder)).toEqual(['under-load.tar.gz']);
});

it('takes one where no service runs, and restores every table as it was', async () => {
  const taken = await cartograph(['backup', atRest, '--data-dir', source.dataDir]);
  expect(taken).toMatchObject({ code: 0 });
  expect(taken.stderr).toContain('The secret is NOT in this backup');
  const target = dataDirectory();
  const restored = await restore(atRest, target);
  expect(restored).toMatchObject({ code: 0 });
  expect(restored.stderr).toContain('holds no secret');
  expect(existsSync(join(target, 'secret'))).toBe(false);
  expect(Object.keys(checksums).length).toBeGreaterThan(30);
  expect(await checksumsOf(target)).toEqual(checksums);
});

it('goes on from where it was: nothing lost, nothing twice, the same numbers', async () => {
  const target = dataDirectory();
  expect(await restore(underLoad, target)).toMatchObject({ code: 0, stderr: '' });
  const service = await spawnService(target, ENVIRONMENT);
  const before = acknowledged.filter(({ at }) => at <= startedAt).length;
  expect(await count(service, 'bronze.events')).toBeGreaterThanOrEqual(4 * before);
  // Every visit again: those that the backup holds are known, the others are new.
  for (const { batch } of acknowledged) await send(service, key, batch);
  await runAll(service);
  expect(await count(service, 'silver.events')).toBe(4 * acknowledged.length);
  expect(await count(service, 'silver.orders')).toBe(acknowledged.length);
  expect(await summariesOf(service)).toEqual(summaries);
  const again = await restore(underLoad, target);
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain('exists and is not empty');
});

it('killed in the middle leaves nothing in its place, and begins anew', async () => {
  const target = dataDirectory();
  const { child, ended } = startCartograph(['restore', underLoad, '--data-dir', target]);
  await until(() => (existsSync(join(`${target}.restoring`, 'postgres.new')) ? true : undefined));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(target)).toBe(false);
  expect(await restore(underLoad, target)).toMatchObject({ code: 0 });
  expect(existsSync(`${target}.restoring`)).toBe(false);
});
