/**
 * A server whose clock is five years off, either way: what clients say of their time stands, or is
 * corrected to the server's clock by the time of sending, and nothing counts twice. The warehouse is
 * another machine's, since the embedded engine reads the clock past the library that shifts it.
 */
import { readdirSync } from 'node:fs';
import type { JsonObject } from '../../../src/contracts/json.js';
import type { Acknowledgement } from '../../../src/ingest/index.js';
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp } from '../../support/clickhouse-http/start.js';
import { findProgram, requireOrSkip } from '../../support/optional.js';
import {
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { closeAfterAll, createTestDatabase } from '../../support/stores.js';
import { BROWSER } from '../process/load.js';
import { expectBalanced } from './balance.js';
import { startShopper, type Shopper } from './shopper.js';

const HOUR_MS = 3_600_000;
/** As faketime counts them. */
const FIVE_YEARS_MS = 5 * 365 * 24 * HOUR_MS;
const TOLERANCE_MS = 60_000;
const VISITED = 12;

/** Debian keeps the library in a folder of the machine's architecture. */
function findLibrary(): string | null {
  if (!findProgram('faketime')) return null;
  const folders = readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'));
  const files = folders.flatMap((folder) =>
    readdirSync(`/usr/lib/${folder}`)
      .filter((name) => name === 'faketime')
      .map((name) => `/usr/lib/${folder}/${name}/libfaketimeMT.so.1`),
  );
  return files[0] ?? null;
}

const library = findLibrary();
const describeIf = requireOrSkip('clock faults', library !== null, 'faketime is not installed')
  ? describe
  : describe.skip;

const iso = (ms: number) => new Date(ms).toISOString();

interface Stored {
  message_id: string;
  at: number;
  received: number;
  original_date: string;
}

describeIf.each([
  ['five years fast', '+5y', FIVE_YEARS_MS],
  ['five years slow', '-5y', -FIVE_YEARS_MS],
])('a clock that is %s', (name, offset, offsetMs) => {
  const clientNow = Date.now();
  const serverNow = clientNow + offsetMs;
  /** What each single batch says of time, and what silver must say, or null if it is rejected. */
  const expected = new Map<string, number | null>();
  const counts = { accepted: 0, rejected: 0, duplicates: 0 };
  let service: SpawnedService;
  let key: string;
  let shopper: Shopper;
  let stored: Stored[];
  let warehouse: Warehouse;

  async function post(id: string, timestamp: string | undefined, more: JsonObject = {}) {
    const event = {
      ...{ type: 'page', messageId: id, anonymousId: id, name: 'Home' },
      ...(timestamp === undefined ? {} : { timestamp }),
    };
    const response = await fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': BROWSER },
      body: JSON.stringify({ batch: [event], writeKey: key, ...more }),
    });
    expect(response.status).toBe(200);
    const told = (await response.json()) as Acknowledgement;
    for (const what of ['accepted', 'rejected', 'duplicates'] as const) counts[what] += told[what];
  }

  async function postAll(): Promise<void> {
    const sentAt = iso(clientNow);
    const isAhead = clientNow > serverNow;
    expected.set('stands', isAhead ? null : clientNow - HOUR_MS);
    await post('stands', iso(clientNow - HOUR_MS));
    expected.set('corrected', serverNow - HOUR_MS);
    // A retry says another time of sending, and comes by another way of the clock.
    for (let time = 0; time < 2; time += 1) {
      await post('corrected', iso(clientNow - HOUR_MS), { sentAt });
    }
    expected.set('silent', serverNow);
    await post('silent', undefined, { sentAt });
    expected.set('soon', serverNow + 23 * HOUR_MS);
    await post('soon', iso(serverNow + 23 * HOUR_MS));
    expected.set('too-soon', null);
    await post('too-soon', iso(serverNow + 25 * HOUR_MS));
    expected.set('1970', 0);
    await post('1970', '1970-01-01T00:00:00Z');
    expected.set('1969', null);
    await post('1969', '1969-12-31T23:59:59Z');
  }

  beforeAll(async () => {
    const { url: clickhouseUrl, stop } = await startClickHouseHttp();
    closeAfterAll(stop);
    const dataDir = dataDirectory();
    service = await spawnService(dataDir, {
      ...{ DATABASE_URL: await createTestDatabase(), CLICKHOUSE_URL: clickhouseUrl },
      ...{ SCHEDULES: 'off', LOG_LEVEL: 'error' },
      ...{ LD_PRELOAD: library!, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    });
    key = await createWriteKey(service, 'shop');
    shopper = startShopper(service.url, key, 'shopper');
    await postAll();
    while (shopper.sent.length < 4 * VISITED) await new Promise((done) => setTimeout(done, 10));
    await shopper.finish();
    expect(await runPipeline(service)).toBe('published');
    expect((await service.end('SIGTERM')).code).toBe(0);
    warehouse = await Warehouse.open({ clickhouseUrl, dataDir, memoryMb: 800 });
    closeAfterAll(() => warehouse.close());
    stored = await warehouse.query<Stored>(
      'reader',
      `select message_id, toFloat64(toUnixTimestamp64Milli(occurred_at)) as at,
         toFloat64(toUnixTimestamp64Milli(received_at)) as received,
         toString(original_date) as original_date
       from silver.events`,
    );
  });

  it('loses nothing, and counts nothing twice', async () => {
    const rejected = [...expected.values()].filter((at) => at === null).length;
    expect(counts).toEqual({ accepted: expected.size - rejected, rejected, duplicates: 1 });
    expect(shopper.failed).toEqual([]);
    await expectBalanced(`a clock ${name}`, warehouse, {
      sent: [...shopper.sent, ...expected.keys()],
      acknowledged: [...shopper.acknowledged, ...expected.keys()],
      rejected,
    });
  });

  it('keeps the times of clients, within the rules', () => {
    const near = (a: number, b: number) => Math.abs(a - b) < TOLERANCE_MS;
    const times = new Map(stored.map(({ message_id: id, at }) => [id, at]));
    for (const [id, at] of expected) {
      const found = times.get(id);
      const isRight = at === null ? found === undefined : found !== undefined && near(found, at);
      expect([id, found, isRight]).toEqual([id, found, true]);
    }
    // What the SDK sends says when it was sent, and so it is moved to the server's clock.
    const others = stored.filter(({ message_id: id }) => !expected.has(id));
    expect(others.filter(({ at }) => !near(at, serverNow))).toEqual([]);
    expect(stored.filter(({ received }) => !near(received, serverNow))).toEqual([]);
    const days = new Map(stored.map((row) => [row.message_id, row.original_date]));
    expect(days.get('corrected')).toBe(iso(clientNow - HOUR_MS).slice(0, 10));
  });
});
