/**
 * The SDKs that shops' servers use, as they are, against the real process: in peace, while the
 * collector answers 503, and over a restart. Each event counts once, whatever was retried.
 */
import { startHttpProxy, type HttpProxy } from '../../support/http-proxy.js';
import {
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  until,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { createTestDatabase } from '../../support/stores.js';
import { withWarehouse } from '../process/stored.js';
import { callsOf, expectOnceInSilver, type Delivered } from './calls.js';
import { rudderSdk, segmentSdk, type ServerSdk } from './server-sdks.js';

const CALLS = callsOf('').length;
const PHASES = ['peace', 'refused', 'restarted'];

describe('the SDKs of servers', () => {
  let dataDir: string;
  let environment: Record<string, string>;
  let service: SpawnedService;
  let proxy: HttpProxy;
  let sdks: Record<string, ServerSdk>;
  const delivered: Record<string, Delivered> = {};

  function makeAll(phase: string, from = 0, to = CALLS): void {
    for (const [name, sdk] of Object.entries(sdks)) {
      for (const made of callsOf(`${name}-${phase}`).slice(from, to)) sdk.make(made);
    }
  }

  const all = () => new Map(Object.values(delivered).flatMap((each) => [...each]));

  async function deliverAll(): Promise<void> {
    const entries = Object.entries(sdks);
    await Promise.all(
      entries.map(async ([name, sdk]) => {
        delivered[name] = await sdk.deliver();
      }),
    );
  }

  async function sendWhileRefused(): Promise<void> {
    proxy.refuse();
    makeAll('refused');
    // Several posts of each.
    await until(() => (proxy.refused.length > 2 * Object.keys(sdks).length ? true : undefined));
    proxy.pass();
    await deliverAll();
  }

  async function sendOverARestart(): Promise<void> {
    makeAll('restarted', 0, 4);
    const ended = service.end('SIGTERM');
    makeAll('restarted', 4);
    expect((await ended).code).toBe(0);
    service = await spawnService(dataDir, environment, new URL(service.url).port);
    await deliverAll();
  }

  beforeAll(async () => {
    dataDir = dataDirectory();
    const databaseUrl = await createTestDatabase();
    environment = { DATABASE_URL: databaseUrl, SCHEDULES: 'off', LOG_LEVEL: 'error' };
    service = await spawnService(dataDir, environment);
    proxy = await startHttpProxy(service.url);
    const key = await createWriteKey(service, 'shop');
    sdks = {
      segment: segmentSdk(proxy.url, key),
      rudder: rudderSdk(proxy.url, key, { gzip: false, name: 'rudder' }),
      'rudder-gzip': rudderSdk(proxy.url, key, { gzip: true, name: 'rudder-gzip' }),
    };
    makeAll('peace');
    await deliverAll();
    await sendWhileRefused();
    await sendOverARestart();
    expect(await runPipeline(service)).toBe('published');
    expect((await service.end('SIGTERM')).code).toBe(0);
  });

  it('deliver all that they were asked to, and retry what was refused', () => {
    const counts = Object.fromEntries(Object.entries(delivered).map(([n, { size }]) => [n, size]));
    const each = PHASES.length * CALLS;
    process.stderr.write(
      `server SDKs: delivered ${all().size}, posts ${proxy.passed.length}, ` +
        `refused ${proxy.refused.length}\n`,
    );
    expect(counts).toEqual({ segment: each, rudder: each, 'rudder-gzip': each });
    expect(new Set(proxy.refused)).toEqual(new Set(['/v1/batch']));
  });

  it('find each event once in silver, with its ids, the person as a token', async () => {
    await withWarehouse(dataDir, (warehouse) => expectOnceInSilver(warehouse, all()));
  });
});
