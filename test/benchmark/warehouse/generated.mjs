/** A shop's events in bronze, made by the engine itself, and what the benchmarks read them with. */
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../../../dist/src/platform/config/config.js';

const EVENTS_SQL = readFileSync(new URL('events.sql', import.meta.url), 'utf8');
/** A load is as large as what a model takes in at a time. */
const SESSIONS_A_LOAD = 20_000;
const EVENTS_A_SESSION = 10;
const DAY_MS = 86_400_000;

/** Ten million events over ninety days; fewer events are fewer days of the same traffic. */
export function sized(events) {
  const sessions = events / EVENTS_A_SESSION;
  const days = Math.max(1, Math.round((events / 10_000_000) * 90));
  const until = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  // Two of five sessions are of a visitor not seen before; every other visitor is known.
  const visitors = Math.round(sessions * 0.4);
  return { events, sessions, days, visitors, from: until - days * DAY_MS, until };
}

/** Adds sessions number `first` and on; they follow one another in time. */
export async function addSessions(warehouse, shop, first, sessions) {
  for (let done = 0; done < sessions; done += SESSIONS_A_LOAD) {
    await warehouse.command('pipeline', EVENTS_SQL, {
      first: first + done,
      sessions: Math.min(SESSIONS_A_LOAD, sessions - done),
      visitors: shop.visitors,
      from: new Date(shop.from).toISOString().slice(0, 19).replace('T', ' '),
      milliseconds_a_session: (shop.days * DAY_MS) / shop.sessions,
    });
  }
}

export function benchDataDir() {
  const dataDir = mkdtempSync(join(tmpdir(), 'cartograph-bench-'));
  chmodSync(dataDir, 0o755);
  return dataDir;
}

/** Embedded stores in a folder of their own, without limits. */
export function benchConfig(dataDir, overrides = {}) {
  const stores = { databaseUrl: '', clickhouseUrl: '', redisUrl: '' };
  const shop = { shopDatabaseUrl: '', shopMapping: '' };
  const limits = { addressRequestsPerSecond: '1000000', keyEventsPerSecond: '1000000' };
  const reporting = { reportingCurrency: 'USD', reportingTimezone: 'UTC' };
  const quiet = { port: '0', logLevel: 'error', schedules: 'off' };
  return AppConfig.load({
    dataDir,
    ...quiet,
    ...stores,
    ...shop,
    ...limits,
    ...reporting,
    ...overrides,
  });
}

export const median = (numbers) => quantile(numbers, 0.5);

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}
