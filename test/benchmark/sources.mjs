/**
 * How fast rows come in from a shop's database and from a file, through mapping and privacy into
 * bronze, beside PostgreSQL's own COPY of the same table in the same run. Run it on the build:
 * `npm run bench:sources -- [--rows 500000] [--users 50000]`; CARTOGRAPH_DATASETS adds Online Retail.
 */
import { mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ensureDatabase } from '../../dist/src/cli/demo/shop-database.js';
import { PART_BYTES } from '../../dist/src/contracts/uploads.js';
import { Loads, ShopSource } from '../../dist/src/ingest/index.js';
import { startService } from '../../dist/src/main.js';
import { AppConfig } from '../../dist/src/platform/config/config.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '500000' },
    users: { type: 'string', default: '50000' },
  },
});
const ROWS = Number(values.rows);
const USERS = Number(values.users);
const MEMORY_SAMPLE_MS = 100;

const dataDir = mkdtempSync(join(tmpdir(), 'cartograph-bench-'));
chmodSync(dataDir, 0o755);
const overrides = { dataDir, port: '0', schedules: 'off', logLevel: 'error' };
const stores = { databaseUrl: '', clickhouseUrl: '', redisUrl: '' };
const shop = { shopDatabaseUrl: 'postgres://embedded/bench', shopMapping: '' };
const service = await startService(AppConfig.load({ ...overrides, ...stores, ...shop }));

/** Milliseconds and the growth of resident memory while `work` runs. */
async function measured(work) {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, MEMORY_SAMPLE_MS);
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  clearInterval(sampler);
  return {
    result,
    ms,
    peakMb: Math.round(peak / 2 ** 20),
    growthMb: Math.round((peak - before) / 2 ** 20),
  };
}

const perSecond = (rows, ms) => Math.round((rows / ms) * 1000);

async function fill(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(readFileSync('dist/src/cli/demo/oneshop.sql', 'utf8'));
  await client.query(
    `insert into users
     select 'cus_' || i, 'person' || i || '@example.com', 'Person ' || i, 'DE',
       timestamptz '2026-01-01' + i * interval '1 second', timestamptz '2026-01-01'
     from generate_series(1, $1::int) as i`,
    [USERS],
  );
  await client.query(
    `insert into items
     select 'prod_' || i, 'SKU-' || i, 'Product ' || i, 'Category ' || i % 9, 'Brand', 9.99, 'USD',
       timestamptz '2026-01-01'
     from generate_series(1, 500) as i`,
  );
  await client.query(
    `insert into purchases
     select i, 'ORD-' || i / 3, 'cus_' || 1 + i % $2::int, 'prod_' || 1 + i % 500, 1 + i % 5,
       (i % 10000) / 100.0, 0.5, 1.2, 0, 'USD', 'paid', null, null,
       timestamptz '2025-01-01' + (i / 3) * interval '17 seconds', timestamptz '2026-01-01'
     from generate_series(1, $1::int) as i`,
    [ROWS, USERS],
  );
  await client.query('vacuum analyze');
  return client;
}

/** The reference: the server writes the same columns to nowhere. */
async function copyMs(client) {
  const startedAt = performance.now();
  await client.query(`copy purchases to '/dev/null'`);
  return performance.now() - startedAt;
}

async function benchDatabase() {
  const { controlDb } = service.platform;
  await ensureDatabase(controlDb.url, 'bench');
  const client = await fill(controlDb.resolve(shop.shopDatabaseUrl));
  const copied = await copyMs(client);
  await client.end();
  const source = service.app.get(ShopSource, { strict: false });
  const { result: load, ms, peakMb, growthMb } = await measured(() => source.extract({}, 'bench'));
  if (load.status !== 'done') throw new Error(JSON.stringify(load.error));
  const { read } = load.counts;
  console.log(
    `database: ${read} rows (${ROWS} purchases, ${USERS} users with e-mail and name) in ` +
      `${(ms / 1000).toFixed(1)} s = ${perSecond(read, ms)} rows/s; memory ${peakMb} MB, +${growthMb} MB`,
  );
  console.log(
    `  copy to of purchases: ${perSecond(ROWS, copied)} rows/s; ` +
      `ratio extraction / copy ${(perSecond(read, ms) / perSecond(ROWS, copied)).toFixed(3)}`,
  );
}

async function benchFile() {
  const datasets = process.env.CARTOGRAPH_DATASETS;
  if (!datasets) return console.log('file: SKIPPED, CARTOGRAPH_DATASETS is not set');
  const loads = service.app.get(Loads, { strict: false });
  const mapping = readFileSync('mappings/online_retail.yml', 'utf8');
  const bytes = readFileSync(join(datasets, 'online_retail/online_retail.csv.gz'));
  const { id } = await loads.create({
    entity: 'order_lines',
    fileName: 'online_retail.csv.gz',
    mapping,
    requestedBy: 'bench',
  });
  for (let part = 0; part * PART_BYTES < bytes.length; part += 1) {
    await loads.addPart(id, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
  }
  const {
    result: load,
    ms,
    peakMb,
    growthMb,
  } = await measured(async () => {
    await loads.start(id);
    for (;;) {
      const found = await loads.find(id);
      if (['done', 'failed'].includes(found.status)) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  if (load.status !== 'done') throw new Error(JSON.stringify(load.error));
  console.log(
    `file: ${load.counts.read} rows of Online Retail in ${(ms / 1000).toFixed(1)} s = ` +
      `${perSecond(load.counts.read, ms)} rows/s; memory ${peakMb} MB, +${growthMb} MB`,
  );
}

try {
  await benchDatabase();
  await benchFile();
} finally {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
