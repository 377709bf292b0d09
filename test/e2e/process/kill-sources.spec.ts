/**
 * kill -9 while the shop's database is extracted and while a file is loaded, five times each at
 * random points: the warehouse comes to the same as without it, no row is lost and none doubled.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Random } from '../../../src/cli/shop/prng.js';
import { createTestShop, type TestShop } from '../../support/shop.js';
import {
  dataDirectory,
  spawnService,
  until,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { closeAfterAll, createTestDatabase } from '../../support/stores.js';
import {
  BAD_ROWS,
  FILE_MAPPING,
  FILE_ROWS,
  fillShop,
  LINES_PER_ORDER,
  orderLinesFile,
  SHOP_LINES,
  SHOP_ROWS,
  storedOf,
  type Stored,
} from './killed-loads.js';
import { withWarehouse } from './stored.js';

/** `npm run trials` runs five of each kind. */
const TRIALS = Number(process.env['KILL_TRIALS'] ?? 1);
const SEED = 20_261_120;
const DELAY_MS_MAX = 200;
/** Of its checkpoints in an extraction, and of its counts in a load, before the last one. */
const EXTRACTION_CHANGES = 8;
const FILE_CHANGES = 10;
const PATH = '/api/v1/pipelines';
/** Tokens are made with it. */
const SECRET = 'the-same-secret-in-every-trial-of-the-spec';

interface Load {
  id: string;
  status: string;
  counts: Record<'read' | 'loaded' | 'ignored' | 'rejected' | 'unchanged', number>;
  error: object | null;
}

/** Where a kill fell: after how many changes of the load's progress, and how many ms later. */
interface Kill {
  changes: number;
  delayMs: number;
  /** False if the load had ended by then. */
  isInTheMiddle: boolean;
}

const random = new Random(SEED);
const csv = orderLinesFile();
let shop: TestShop;

async function data<Data>(response: Response): Promise<Data> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (JSON.parse(text) as { data: Data }).data;
}

const startExtraction = async (service: SpawnedService) =>
  (await data<Load>(await service.request('POST', `${PATH}/extractions`, {}))).id;

async function startFileLoad(service: SpawnedService): Promise<string> {
  const given = { entity: 'order_lines', file_name: 'lines.csv', mapping: FILE_MAPPING };
  const { id } = await data<Load>(await service.request('POST', `${PATH}/loads`, given));
  const sent = await fetch(`${service.url}${PATH}/loads/${id}/parts/0`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${service.token}`,
      'content-type': 'application/octet-stream',
    },
    body: csv,
  });
  expect(sent.status).toBe(204);
  await data<Load>(await service.request('POST', `${PATH}/loads/${id}/start`, {}));
  return id;
}

async function finish(service: SpawnedService, id: string): Promise<Load> {
  const load = await until(async () => {
    const found = await data<Load>(await service.request('GET', `${PATH}/loads/${id}`));
    return ['queued', 'running'].includes(found.status) ? undefined : found;
  });
  expect(load).toMatchObject({ status: 'done', error: null });
  return load;
}

/** A load that was killed is told as failed, not as running for ever. */
async function expectCutOff(service: SpawnedService, id: string): Promise<void> {
  const load = await data<Load>(await service.request('GET', `${PATH}/loads/${id}`));
  expect(load).toMatchObject({ status: 'failed', error: { code: 'shutting_down' } });
}

interface Run {
  id: string;
  status: string;
  error: string | null;
  models: Record<string, { status: string; reason?: string | null }>;
}

async function runModels(service: SpawnedService): Promise<void> {
  const { id } = await data<Run>(await service.request('POST', `${PATH}/runs`, { target: 'all' }));
  const { status, error, models } = await until(async () => {
    const run = await data<Run>(await service.request('GET', `${PATH}/runs/${id}`));
    return run.status === 'running' ? undefined : run;
  });
  const reasons = Object.entries(models).filter(([, { reason }]) => reason);
  expect({ status, error, reasons }).toEqual({ status: 'published', error: null, reasons: [] });
}

/** What changes while a load goes on, read past the service. */
async function progressOf(control: pg.Client, id: string) {
  const { rows } = await control.query<{ text: string; status: string }>(
    `select status, counts::text || (select coalesce(string_agg(position::text, ''), '')
       from source_checkpoints where loads.kind = 'extraction') as text
     from loads where id = $1`,
    [id],
  );
  const { text, status } = rows[0]!;
  return { text, isOver: !['queued', 'running'].includes(status) };
}

/** Waits for so many changes of the load's progress, and a moment, and kills the service. */
async function killDuring(
  service: SpawnedService,
  control: pg.Client,
  id: string,
  changesMax: number,
): Promise<Kill> {
  const changes = random.integer(0, changesMax);
  const delayMs = random.integer(0, DELAY_MS_MAX);
  let { text, isOver } = await progressOf(control, id);
  for (let seen = 0; seen < changes && !isOver;) {
    const now = await progressOf(control, id);
    if (now.text !== text) seen += 1;
    ({ text, isOver } = now);
  }
  await pause(delayMs);
  const { signal } = await service.end('SIGKILL');
  expect(signal).toBe('SIGKILL');
  return { changes, delayMs, isInTheMiddle: !(await progressOf(control, id)).isOver };
}

interface Outcome {
  load: Load;
  stored: Stored;
  kill: Kill | null;
}

type Outcomes = Record<'extraction' | 'file', Outcome>;

/** A directory of its own, and the service on it in as many lives as it needs. */
async function openTrial() {
  const dataDir = dataDirectory();
  const environment = {
    DATABASE_URL: await createTestDatabase(),
    SHOP_DATABASE_URL: shop.url,
    CARTOGRAPH_SECRET: SECRET,
    SCHEDULES: 'off',
    LOG_LEVEL: 'error',
  };
  const control = new pg.Client({ connectionString: environment.DATABASE_URL });
  await control.connect();
  closeAfterAll(() => control.end());
  const live = () => spawnService(dataDir, environment);
  const read = (source: string) =>
    withWarehouse(dataDir, (warehouse) => storedOf(warehouse, source));
  return { control, live, read };
}

/** Three lives: killed while it extracts, killed while it loads the file, and left in peace. */
async function liveThrice(): Promise<Outcomes> {
  const { control, live, read } = await openTrial();
  const first = await live();
  const extracting = await startExtraction(first);
  const kills = [await killDuring(first, control, extracting, EXTRACTION_CHANGES)];
  const second = await live();
  const extraction = await finish(second, await startExtraction(second));
  if (kills[0]!.isInTheMiddle) await expectCutOff(second, extracting);
  const loading = await startFileLoad(second);
  kills.push(await killDuring(second, control, loading, FILE_CHANGES));
  const third = await live();
  const file = await finish(third, loading);
  await runModels(third);
  await third.end('SIGTERM');
  const { rows } = await control.query('select 1 from rejected_rows');
  expect(rows).toHaveLength(file.counts.rejected);
  return {
    extraction: { load: extraction, stored: await read('oneshop'), kill: kills[0]! },
    file: { load: file, stored: await read('export'), kill: kills[1]! },
  };
}

async function liveInPeace(): Promise<Outcomes> {
  const { live, read } = await openTrial();
  const service = await live();
  const extraction = await finish(service, await startExtraction(service));
  const file = await finish(service, await startFileLoad(service));
  await runModels(service);
  await service.end('SIGTERM');
  return {
    extraction: { load: extraction, stored: await read('oneshop'), kill: null },
    file: { load: file, stored: await read('export'), kill: null },
  };
}

function print(trial: string, outcomes: Outcomes): void {
  for (const [kind, { load, stored, kill }] of Object.entries(outcomes)) {
    const { versions, records, orders } = stored;
    const told = JSON.stringify({ ...kill, ...load.counts, versions, records, orders });
    process.stdout.write(`${trial}, ${kind}: ${told}\n`);
  }
}

describe('loads that are killed', () => {
  let undisturbed: Outcomes;
  const trials: Outcomes[] = [];

  beforeAll(async () => {
    shop = await createTestShop();
    await fillShop(shop);
    undisturbed = await liveInPeace();
    print('undisturbed', undisturbed);
  });

  it('hold every row when they are left in peace', () => {
    const { extraction, file } = undisturbed;
    expect(extraction.stored).toMatchObject({
      versions: SHOP_ROWS,
      records: SHOP_ROWS,
      orders: SHOP_LINES / LINES_PER_ORDER,
    });
    const { ignored, rejected } = file.load.counts;
    expect({ rejected, hasIgnored: ignored > 0 }).toEqual({ rejected: BAD_ROWS, hasIgnored: true });
    expect(file.stored).toMatchObject({
      versions: FILE_ROWS - rejected,
      records: FILE_ROWS - rejected - ignored,
      orders: FILE_ROWS / LINES_PER_ORDER,
    });
  });

  it.each(Array.from({ length: TRIALS }, (_, index) => index + 1))(
    'come to the same in trial %i: no row is lost, none doubled',
    async (trial) => {
      const { extraction, file } = await liveThrice();
      print(`trial ${trial}`, { extraction, file });
      expect(extraction.stored).toEqual(undisturbed.extraction.stored);
      expect(file.stored).toEqual(undisturbed.file.stored);
      const { read, loaded, unchanged, ...others } = file.load.counts;
      const peaceful = undisturbed.file.load.counts;
      expect({ ...others, read, unchanged: 0, loaded: loaded + unchanged }).toEqual(peaceful);
      trials.push({ extraction, file });
    },
  );

  it('were killed in the middle, mostly', () => {
    for (const kind of ['extraction', 'file'] as const) {
      const hits = trials.filter((trial) => trial[kind].kill!.isInTheMiddle);
      expect(hits.length).toBeGreaterThanOrEqual(Math.floor(TRIALS / 2));
    }
  });
});
