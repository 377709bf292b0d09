/**
 * kill -9 at random points of a run, and at random publishes of one: after each kill the service is
 * started again and lets the run be done once more. In the end every table of every model is as
 * after undisturbed runs.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { loadProject } from '../../../src/analytics/project.js';
import { Random } from '../../../src/cli/shop/prng.js';
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp } from '../../support/clickhouse-http/start.js';
import {
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { startStatementProxy, type StatementProxy } from '../../support/statement-proxy.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from '../../support/stores.js';
import { withWarehouse } from '../process/stored.js';
import { tell } from './balance.js';
import { bronzeOf, everyTable, incrementOf, send, undisturbed } from './increments.js';

const TRIALS = Number(process.env['FAULT_TRIALS'] ?? 10);
const TIMEOUT_MS = 600_000 + TRIALS * 60_000;
const SEED = 20_261_128;
const SECRET = 'the same secret after every restart of the service';
const MODELS = loadProject().models;
/** A statement that changes what readers see. */
const PUBLISHES =
  /^(insert into (silver|gold)\.|alter table gold\.\w+ (replace|move) partition|exchange tables)/;
/** Of the publishes of an increment's run, which are about thirty. */
const PUBLISHES_MAX = 25;

const startRun = (service: SpawnedService) =>
  service.request('POST', '/api/v1/pipelines/runs', { target: 'all' });

/** The run goes through, after which the next increment may come. */
async function finish(service: SpawnedService): Promise<void> {
  expect(await runPipeline(service, 'all')).toBe('published');
}

interface Kills {
  /** Of which the run was under way. */
  inRun: number;
}

/** One increment undisturbed, then one a trial, of whose run `kill` is the end of the service. */
async function killTrials(
  start: () => Promise<SpawnedService>,
  kill: (service: SpawnedService, runMs: number) => Promise<void>,
): Promise<Kills> {
  let service = await start();
  const writeKey = await createWriteKey(service, 'shop');
  const startedAt = performance.now();
  await send(service, writeKey, incrementOf(1));
  await finish(service);
  const runMs = performance.now() - startedAt;
  const kills = { inRun: 0 };
  for (let trial = 1; trial <= TRIALS; trial += 1) {
    await send(service, writeKey, incrementOf(trial + 1));
    const answer = await startRun(service);
    const { id } = ((await answer.json()) as { data: { id: string } }).data;
    await kill(service, runMs);
    service = await start();
    const record = await service.request('GET', `/api/v1/pipelines/runs/${id}`);
    const { status } = ((await record.json()) as { data: { status: string } }).data;
    expect(['failed', 'published']).toContain(status);
    if (status === 'failed') kills.inRun += 1;
    await finish(service);
  }
  expect(await service.end('SIGTERM')).toMatchObject({ code: 0 });
  return kills;
}

async function expectUndisturbed(name: string, warehouse: Warehouse, kills: Kills) {
  const left = await warehouse.query(
    'reader',
    `select name from system.tables where database = 'stage'`,
  );
  expect(left).toEqual([]);
  const tables = await everyTable(warehouse, MODELS);
  const expected = await undisturbed(await bronzeOf(warehouse, TRIALS + 1));
  const differing = Object.keys(expected).filter(
    (table) => JSON.stringify(tables[table]) !== JSON.stringify(expected[table]),
  );
  const rows = Object.values(tables).reduce((sum, { length }) => sum + length, 0);
  tell(name, {
    ...{ kills: TRIALS, 'with the run under way': kills.inRun },
    ...{ tables: MODELS.length, rows, differing: differing.length },
  });
  expect(differing.map((table) => [table, tables[table]])).toEqual(
    differing.map((table) => [table, expected[table]]),
  );
  expect(rows).toBeGreaterThan(100 * TRIALS);
}

it(
  `comes to the same after ${TRIALS} kills at random points of a run`,
  async () => {
    const random = new Random(SEED);
    const dataDir = dataDirectory();
    const databaseUrl = await createTestDatabase();
    const environment = {
      ...{ DATABASE_URL: databaseUrl, CARTOGRAPH_SECRET: SECRET },
      ...{ SCHEDULES: 'off', LOG_LEVEL: 'error' },
    };
    const kills = await killTrials(
      () => spawnService(dataDir, environment),
      async (service, runMs) => {
        await pause(random.integer(0, Math.round(runMs)));
        await service.end('SIGKILL');
      },
    );
    await withWarehouse(dataDir, (warehouse) =>
      expectUndisturbed('killed in a run', warehouse, kills),
    );
    expect(kills.inRun).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

it(
  `comes to the same after ${TRIALS} kills within a publish, whose swap is lost or late`,
  async () => {
    const random = new Random(SEED + 1);
    const http = await startClickHouseHttp();
    closeAfterAll(() => http.stop());
    const proxy: StatementProxy = await startStatementProxy(http.url);
    const databaseUrl = await createTestDatabase();
    const dataDir = dataDirectory();
    const environment = {
      ...{ DATABASE_URL: databaseUrl, CLICKHOUSE_URL: proxy.url, CARTOGRAPH_SECRET: SECRET },
      ...{ SCHEDULES: 'off', LOG_LEVEL: 'error' },
    };
    let late = 0;
    const kills = await killTrials(
      () => spawnService(dataDir, environment),
      async (service) => {
        const held = await proxy.hold(PUBLISHES, random.integer(1, PUBLISHES_MAX));
        await service.end('SIGKILL');
        // What was on its way may still arrive, after its sender is dead.
        const isLate = random.integer(0, 1) === 1;
        if (isLate) late += 1;
        if (isLate) await held.pass();
        else held.drop();
      },
    );
    tell('killed within a publish', { 'swaps that came late': late, lost: TRIALS - late });
    const warehouse = await Warehouse.open({
      ...{ clickhouseUrl: http.url, dataDir: temporaryFolder(), memoryMb: 800 },
    });
    closeAfterAll(() => warehouse.close());
    await expectUndisturbed('killed within a publish', warehouse, kills);
    expect(kills.inRun).toBe(TRIALS);
  },
  TIMEOUT_MS,
);
