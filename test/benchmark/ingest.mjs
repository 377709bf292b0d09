/**
 * How many events the collector acknowledges, every step on and durable, beside an empty Fastify
 * route that parses the same bodies in the same run. Service, reference and load generator share
 * the machine. Run it on the build: `npm run bench:ingest -- [--seconds 8] [--only batch]
 * [--profile FOLDER]`; a profile is read by test/benchmark/profile.mjs or a browser's tools.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import autocannon from 'autocannon';

const { values } = parseArgs({
  strict: false,
  options: {
    seconds: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
    profile: { type: 'string', default: '' },
  },
});
const SECONDS = Number(values.seconds);
const WARM_UP_SECONDS = 2;
const BATCH = 100;
const POOL = 100;
const CLOCK_TICKS = 100;
const UNLIMITED = '10000000';

/** A product view as a browser's SDK sends it, about 900 bytes. */
function event(messageId) {
  return {
    type: 'track',
    event: 'Product Viewed',
    messageId,
    anonymousId: 'c0a8012e-7f3a-4e0c-9d55-1d2f3a4b5c6d',
    timestamp: new Date().toISOString(),
    properties: {
      product_id: 'prod_1042',
      sku: 'MUG-1042',
      name: 'Enamel mug',
      category: 'Kitchen',
      brand: 'Alpine',
      price: 12.5,
      currency: 'EUR',
      quantity: 1,
      position: 3,
    },
    context: {
      library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
      page: {
        path: '/products/enamel-mug',
        referrer: 'https://www.google.com/',
        search: '?utm_source=newsletter&utm_medium=email',
        title: 'Enamel mug | Shop',
        url: 'https://shop.example/products/enamel-mug?utm_source=newsletter&utm_medium=email',
      },
      userAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      locale: 'de-AT',
      timezone: 'Europe/Vienna',
      campaign: { source: 'newsletter', medium: 'email' },
    },
  };
}

const ID = '[<id>]';
const single = JSON.stringify(event(ID));
const batchOf = (id) => ({ batch: Array.from({ length: BATCH }, (_, i) => event(`${id}-${i}`)) });
const gzipped = () =>
  Array.from({ length: POOL }, () => gzipSync(JSON.stringify(batchOf(randomUUID()))));

const SCENARIOS = [
  { name: 'single, 10 connections', connections: 10, path: '/v1/track', body: single, events: 1 },
  { name: 'single, 64 connections', connections: 64, path: '/v1/track', body: single, events: 1 },
  { name: 'single, 256 connections', connections: 256, path: '/v1/track', body: single, events: 1 },
  {
    name: 'batch of 100, 16 connections',
    connections: 16,
    path: '/v1/batch',
    body: JSON.stringify(batchOf(ID)),
    events: BATCH,
  },
  {
    name: 'batch of 100, gzip, 16 connections',
    connections: 16,
    path: '/v1/batch',
    pool: gzipped(),
    events: BATCH,
  },
];

async function load(url, { connections, path, body, pool }, key, seconds) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    ...(pool ? { 'content-encoding': 'gzip' } : {}),
  };
  const sent = pool
    ? { requests: pool.map((each) => ({ method: 'POST', path, headers, body: each })) }
    : { body, idReplacement: true };
  const target = `${url}${path}`;
  const result = await autocannon({
    ...{ url: target, method: 'POST', headers, connections, duration: seconds, timeout: 30 },
    ...sent,
  });
  if (result.errors > 0 || result.non2xx > 0) {
    process.stderr.write(`  ${result.non2xx} refused, ${result.errors} errors\n`);
  }
  return result;
}

/** User and system time of all threads of a process; 0 where there is no /proc. */
function cpuSecondsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / CLOCK_TICKS;
  } catch {
    return 0;
  }
}

/** The process of this file's own second half, below. */
async function startReference() {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--reference'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await new Promise((resolve) =>
    child.stdout.once('data', (d) => resolve([`${d}`])),
  );
  return { url: line.trim(), stop: () => child.kill() };
}

async function startCartograph() {
  const dataDir = mkdtempSync(join(tmpdir(), 'cartograph-bench-'));
  chmodSync(dataDir, 0o755);
  const profile = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [];
  const args = [...profile, 'bin/cartograph.cjs', 'serve', '--port', '0'];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'error', CLICKHOUSE_URL: '', DATABASE_URL: '' },
      ...{ KEY_EVENTS_PER_SECOND: UNLIMITED, ADDRESS_REQUESTS_PER_SECOND: UNLIMITED },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = join(dataDir, 'service.json');
  for (;;) {
    try {
      const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
      const stop = async () => {
        child.kill();
        await new Promise((resolve) => child.once('exit', resolve));
        rmSync(dataDir, { recursive: true, force: true });
      };
      return { url, token, pid: child.pid, stop };
    } catch {
      await pause(100);
    }
  }
}

async function api({ url, token }, method, path, body) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return (await answer.json()).data;
}

async function main() {
  const reference = await startReference();
  const service = await startCartograph();
  const { key } = await api(service, 'POST', '/api/v1/access/keys', {
    ...{ name: 'bench', scopes: ['events:write'] },
  });
  const rows = [];
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(values.only))) {
    // The reference inflates nothing: it is given the same batch plain.
    const plain = scenario.pool ? { ...scenario, pool: null, body: SCENARIOS[3].body } : scenario;
    await load(reference.url, plain, key, WARM_UP_SECONDS);
    const empty = await load(reference.url, plain, key, SECONDS);
    await load(service.url, scenario, key, WARM_UP_SECONDS);
    const cpuBefore = cpuSecondsOf(service.pid);
    const taken = await load(service.url, scenario, key, SECONDS);
    const cpuSeconds = cpuSecondsOf(service.pid) - cpuBefore;
    rows.push({
      scenario: scenario.name,
      'events/s': Math.round(taken.requests.average * scenario.events),
      'reference/s': Math.round(empty.requests.average * scenario.events),
      ratio: (taken.requests.average / empty.requests.average).toFixed(3),
      'p50 ms': taken.latency.p50,
      'p99 ms': taken.latency.p99,
      'cpu µs/event': Math.round((cpuSeconds * 1e6) / (taken['2xx'] * scenario.events)),
      refused: taken.non2xx,
    });
    console.table(rows.slice(-1));
  }
  console.table(rows);
  await service.stop();
  reference.stop();
}

async function serveReference() {
  const { fastify } = await import('fastify');
  const app = fastify();
  for (const path of ['/v1/track', '/v1/batch']) app.post(path, async () => ({ success: true }));
  process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
}

if (process.argv.includes('--reference')) await serveReference();
else await main();
