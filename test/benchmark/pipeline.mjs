/**
 * How fast events become gold: a backfill, increments of 10,000 events on top of it, the time from
 * accepted to visible with a steady stream, and the memory of it all. The reference of the same run
 * is the engine's own copy of the bronze rows into a table of the same form.
 * Run it on the build: `npm run bench:pipeline -- [--events 1000000,10000000] [--stream-seconds 60]`.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { Runner } from '../../dist/src/analytics/index.js';
import { startService } from '../../dist/src/main.js';
import {
  addSessions,
  benchConfig,
  benchDataDir,
  median,
  quantile,
  sized,
  timed,
} from './warehouse/generated.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000,10000000' },
    increments: { type: 'string', default: '7' },
    'stream-seconds': { type: 'string', default: '60' },
    'events-a-second': { type: 'string', default: '500' },
  },
});
const SIZES = values.events.split(',').map(Number);
const INCREMENTS = Number(values.increments);
const SESSIONS_AN_INCREMENT = 1_000;
const STREAM_SECONDS = Number(values['stream-seconds']);
const EVENTS_A_SECOND = Number(values['events-a-second']);
const LOOK_EVERY_MS = 100;
/** A page that is sent by hand is a robot's unless a browser sends it. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const MAX_WAIT_MS = 120_000;
const DAY_MS = 86_400_000;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const day = (from, days) => new Date(from.getTime() + days * DAY_MS).toISOString().slice(0, 10);

const increments = [];
for (const events of SIZES) increments.push(await benchmark(events));
if (SIZES.length > 1) {
  const growth = increments.at(-1) / increments[0];
  console.log(
    `\nAn increment at ${SIZES.at(-1)} events / at ${SIZES[0]}: ${growth.toFixed(2)} (target 1.5)`,
  );
}

async function benchmark(events) {
  const shop = sized(events);
  const dataDir = benchDataDir();
  let service = await startService(benchConfig(dataDir));
  const peak = watchMemory();
  const runner = service.app.get(Runner, { strict: false });
  const run = async (target) => {
    const { ms, result } = await timed(() => runner.run({ target, trigger: 'request' }));
    if (result.status !== 'published') throw new Error(`The run ended ${result.status}.`);
    return { ms, result };
  };
  await addSessions(service.platform.warehouse, shop, 0, shop.sessions);
  console.log(`\n${events} events over ${shop.days} days`);

  const copied = await copyOfBronze(service.platform.warehouse);
  const backfill = await run('all');
  const perSecond = (ms) => Math.round((events / ms) * 1000);
  console.log(
    `backfill: ${perSecond(backfill.ms)} events/s (target 100000), ` +
      `${(backfill.ms / copied.ms).toFixed(1)} × the engine's own copy (${perSecond(copied.ms)}/s)`,
  );
  for (const [model, { duration_ms: ms }] of slowest(backfill.result)) {
    console.log(`  ${model.padEnd(24)} ${(ms / 1000).toFixed(1)} s`);
  }

  const taken = [];
  for (let increment = 0; increment < INCREMENTS; increment += 1) {
    const first = shop.sessions + increment * SESSIONS_AN_INCREMENT;
    await addSessions(service.platform.warehouse, shop, first, SESSIONS_AN_INCREMENT);
    taken.push((await run('streaming')).ms);
  }
  console.log(`increment of 10,000 events: ${median(taken).toFixed(0)} ms (target 2000)`);
  await service.stop();

  service = await startService(benchConfig(dataDir, { schedules: 'on' }));
  // A new leader first reads again what came within its lookback, here much of the backfill.
  await service.app.get(Runner, { strict: false }).run({ target: 'streaming', trigger: 'request' });
  await stream(service);
  console.log(`resident memory, all stores in: peak ${peak.stop()} MB (target 1500)`);
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
  return median(taken);
}

/** The engine copies all bronze events into a table of the same form. */
async function copyOfBronze(warehouse) {
  await warehouse.command('pipeline', 'create table stage.copied as bronze.events');
  const copied = await timed(() =>
    warehouse.command('pipeline', 'insert into stage.copied select * from bronze.events'),
  );
  await warehouse.command('pipeline', 'drop table stage.copied sync');
  return copied;
}

function slowest({ models }) {
  return Object.entries(models)
    .sort(([, a], [, b]) => b.duration_ms - a.duration_ms)
    .slice(0, 6);
}

/** Sends page views at a steady rate and looks how long after its answer each is counted. */
async function stream(service) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${service.platform.localToken}`,
  };
  const created = await fetch(`${service.url}/api/v1/access/keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: `bench-${Date.now()}`, scopes: ['events:write'] }),
  });
  const writeKey = (await created.json()).data.key;
  const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const query = `from=${day(today, -1)}&to=${day(today, 2)}&metrics=page_views&compare=none`;
  const counted = async () => {
    const response = await fetch(`${service.url}/api/v1/behaviour/summary?${query}`, { headers });
    return (await response.json()).data.page_views.value;
  };
  const start = await counted();
  /** By how many were accepted: when. */
  const accepted = [];
  const visibleAfter = [];
  let sum = 0;
  const look = async () => {
    const seen = (await counted()) - start;
    while (accepted.length > 0 && accepted[0].sum <= seen) {
      visibleAfter.push(performance.now() - accepted.shift().at);
    }
  };
  for (let second = 0; second < STREAM_SECONDS; second += 1) {
    const until = performance.now() + 1000;
    const batch = Array.from({ length: EVENTS_A_SECOND }, (_, index) => pageView(second, index));
    const response = await fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': BROWSER },
      body: JSON.stringify({ batch, writeKey }),
    });
    if (!response.ok) throw new Error(`The batch was answered ${response.status}.`);
    sum += batch.length;
    accepted.push({ sum, at: performance.now() });
    while (performance.now() < until) {
      await look();
      await pause(LOOK_EVERY_MS);
    }
  }
  const giveUpAt = performance.now() + MAX_WAIT_MS;
  while (accepted.length > 0) {
    if (performance.now() > giveUpAt) throw new Error('What was accepted is not counted.');
    await look();
    await pause(LOOK_EVERY_MS);
  }
  console.log(
    `accepted to visible at ${EVENTS_A_SECOND} events/s: p50 ${seconds(median(visibleAfter))}, ` +
      `p99 ${seconds(quantile(visibleAfter, 0.99))} (target 10 s)`,
  );
}

function pageView(second, index) {
  return {
    type: 'page',
    messageId: `stream-${Date.now()}-${second}-${index}`,
    anonymousId: `streamer-${second % 20}-${index}`,
    timestamp: new Date().toISOString(),
    properties: { path: '/' },
    context: { page: { path: '/', url: 'https://shop.example/' } },
  };
}

/** The peak of this process, in which the warehouse is, and of the PostgreSQL that it started. */
function watchMemory() {
  let peakMb = 0;
  const sample = () => {
    const mine = process.memoryUsage.rss() / 2 ** 20;
    peakMb = Math.max(peakMb, Math.round(mine + postgresMb()));
  };
  const timer = setInterval(sample, 500);
  return {
    stop() {
      sample();
      clearInterval(timer);
      return peakMb;
    },
  };
}

/** Proportional, since its processes share most of theirs; 0 where there is no /proc. */
function postgresMb() {
  try {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return processes.filter(isOurs).reduce((sum, pid) => sum + proportionalMb(pid), 0);
  } catch {
    return 0;
  }
}

function isOurs(pid) {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cartograph-bench-') ||
      (/^postgres: /.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) && parentIsOurs(pid))
    );
  } catch {
    return false;
  }
}

function parentIsOurs(pid) {
  const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return readFileSync(`/proc/${parent}/cmdline`, 'utf8').includes('cartograph-bench-');
}

function proportionalMb(pid) {
  if (Number(pid) === process.pid) return 0;
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) / 1024;
  } catch {
    return 0;
  }
}
