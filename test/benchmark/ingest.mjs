/**
 * How many events the collector acknowledges, every step on and durable, beside an empty Fastify
 * route that parses the same bodies in the same run. Service, reference and load generator share
 * the machine. Run it on the build: `npm run bench:ingest -- [--seconds 8] [--only batch]
 * [--profile FOLDER]`; a profile is read by test/benchmark/profile.mjs or a browser's tools.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import autocannon from 'autocannon';
import { cpuSecondsOf, createWriteKey, productView, startCartograph } from './service.mjs';

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

const ID = '[<id>]';
const single = JSON.stringify(productView(ID));
const batchOf = (id) => ({
  batch: Array.from({ length: BATCH }, (_, i) => productView(`${id}-${i}`)),
});
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

async function main() {
  const reference = await startReference();
  const service = await startCartograph(values.profile);
  const key = await createWriteKey(service);
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
