/** Every row is in some window, however late it becomes visible within the lookback. */
import {
  LoadWindows,
  WINDOW_ROWS,
  type LoadWindow,
} from '../../src/analytics/runner/load-window.js';
import type { PipelineState } from '../../src/analytics/runner/pipeline-state.js';
import { toEngineInstant, type Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestWarehouse } from '../support/stores.js';

const START = Date.UTC(2026, 2, 2);
const at = (second: number) => new Date(START + second * 1000);

let warehouse: Warehouse;
let windows: LoadWindows;
let watermarks: Map<string, Date>;
let lead: () => LoadWindows;
/** Runs before each question to the warehouse. */
let beforeQuestion: () => Promise<void>;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  await warehouse.command(
    'pipeline',
    `create table bronze.window_test (id UInt32, _loaded_at DateTime64(3, 'UTC'))
     engine = MergeTree order by _loaded_at`,
  );
});

beforeEach(async () => {
  await warehouse.command('pipeline', 'truncate table bronze.window_test');
  watermarks = new Map();
  const state = {
    watermark: async (model: string) => watermarks.get(model) ?? new Date(0),
    saveWatermark: async (model: string, _: string, until: Date) => {
      watermarks.set(model, until);
    },
  };
  beforeQuestion = async () => undefined;
  const asking = {
    query: async (...given: Parameters<Warehouse['query']>) => {
      await beforeQuestion();
      return warehouse.query(...given);
    },
    queryOne: async (...given: Parameters<Warehouse['queryOne']>) => {
      await beforeQuestion();
      return warehouse.queryOne(...given);
    },
  };
  lead = () =>
    new LoadWindows(asking as Warehouse, state as unknown as PipelineState, () => undefined);
  windows = lead();
});

const insert = (id: number, second: number) =>
  warehouse.command(
    'writer',
    `insert into bronze.window_test values (${id}, '${toEngineInstant(at(second))}')`,
  );

/** More than half of what a window takes. */
const MANY = WINDOW_ROWS * 0.6;

const insertMany = (batch: number, second: number) =>
  warehouse.command(
    'writer',
    `insert into bronze.window_test
     select number + ${batch * MANY}, '${toEngineInstant(at(second))}' from numbers(${MANY})`,
  );

const next = () => windows.next('silver.m', 'bronze.window_test', 'bronze.window_test');

async function idsOf({ after, until }: LoadWindow): Promise<number[]> {
  const rows = await warehouse.query<{ id: number }>(
    'pipeline',
    `select id from bronze.window_test
     where _loaded_at > {after:DateTime64(3, 'UTC')} and _loaded_at <= {until:DateTime64(3, 'UTC')}
     order by id`,
    { after, until },
  );
  return rows.map(({ id }) => id);
}

/** Reads the next window to its end; null if there is none. */
async function read(): Promise<number[] | null> {
  const window = await next();
  if (!window) return null;
  const ids = await idsOf(window);
  await windows.finish('silver.m', window);
  return ids;
}

it('what was read is not read again while nothing came late', async () => {
  expect(await read()).toBeNull();
  await insert(1, 0);
  await insert(2, 10);
  expect(await read()).toEqual([1, 2]);
  expect(await read()).toBeNull();
  await insert(3, 20);
  expect(await read()).toEqual([3]);
  expect(await read()).toBeNull();
});

it('a row that becomes visible late is read, with all of the lookback', async () => {
  await insert(1, 0);
  await insert(2, 100);
  expect(await read()).toEqual([1, 2]);
  await insert(3, 50);
  expect(await read()).toEqual([1, 2, 3]);
  expect(await read()).toBeNull();
  await insert(4, 60);
  await insert(5, 110);
  expect(await read()).toEqual([1, 2, 3, 4, 5]);
});

it('a new leader reads the lookback again', async () => {
  await insert(1, 0);
  await insert(2, 200);
  expect(await read()).toEqual([1, 2]);
  windows = lead();
  expect(await read()).toEqual([2]);
});

it.each([1, 2, 3])('a row that becomes visible before question %d is read', async (question) => {
  await insert(1, 0);
  expect(await read()).toEqual([1]);
  await insert(2, 30);
  // Who knows what stood asks once; a new leader asks for the end of its window, too.
  if (question > 1) windows = lead();
  let asked = 0;
  beforeQuestion = async () => {
    asked += 1;
    if (asked === question) await insert(3, -20);
  };
  const window = (await next())!;
  expect(asked).toBeGreaterThanOrEqual(question);
  beforeQuestion = async () => undefined;
  const found = await idsOf(window);
  await windows.finish('silver.m', window);
  const rest = (await read()) ?? [];
  expect([...new Set([...found, ...rest])]).toEqual(expect.arrayContaining([2, 3]));
});

it('a lookback that holds more rows than a window is read again in parts', async () => {
  for (const [batch, second] of [0, 30, 60].entries()) await insertMany(batch, second);
  while (await read());
  windows = lead();
  const sizes: number[] = [];
  for (let ids = await read(); ids !== null; ids = await read()) sizes.push(ids.length);
  expect(sizes).toEqual([MANY, MANY, MANY]);
});

it('a row that comes late between two parts of a lookback begins it anew', async () => {
  for (const [batch, second] of [0, 30, 60].entries()) await insertMany(batch, second);
  while (await read());
  windows = lead();
  expect(await read()).toHaveLength(MANY);
  await insert(3 * MANY, -10);
  const seen = new Set<number>();
  for (let ids = await read(); ids !== null; ids = await read()) ids.forEach((id) => seen.add(id));
  expect(seen.size).toBe(3 * MANY + 1);
});
