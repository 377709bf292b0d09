/**
 * Old days become months, a month of a table at a time: wherever that is cut short, readers see what
 * they saw, and it goes on when it is done again.
 */
import { OldMonths } from '../../src/analytics/retention/old-months.js';
import { Retention } from '../../src/analytics/retention/retention.js';
import { dropOlderStages } from '../../src/analytics/runner/prepare.js';
import type { Runner } from '../../src/analytics/runner/runner.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { disturbable, type Trap } from '../support/disturbable.js';
import { openTestControlDb, openTestWarehouse } from '../support/stores.js';
import { deliver, SetClock, smallProject, smallRunner } from './small-project.js';

const BY_DAY = (text: string) => text.replace('partition_by: month', 'partition_by: day');
const PROJECT = smallProject({
  '2_silver/items.yml': BY_DAY,
  '2_silver/latest.sql': (sql) =>
    sql
      .replace('max(occurred_at) as seen_at', 'toDateTime64(toDate(occurred_at), 3) as seen_at')
      .replace('group by item', 'group by item, seen_at'),
  '2_silver/latest.yml': (text) =>
    BY_DAY(text)
      .replace('key: [item]', 'key: [item, seen_at]\nrecompute_by: [item]')
      .replace('order_by: [item]', 'order_by: [item, seen_at]'),
  '3_gold/daily.yml': (text) => BY_DAY(text).replace('hourly', 'streaming'),
});
const TABLES = ['gold.daily', 'silver.items', 'silver.latest'];
/** Ninety days before it lies the 3rd of August: May, June and July are old. */
const NOVEMBER = new Date('2026-11-01T12:00:00Z');
const CLOCK = new SetClock(NOVEMBER);

let real: Warehouse;
let warehouse: Warehouse;
let trap: Trap;
let controlDb: ControlDb;
let runner: Runner;

beforeAll(async () => {
  real = await openTestWarehouse();
  ({ warehouse, trap } = disturbable(real));
  controlDb = await openTestControlDb();
});

/** As after a start of the service. */
async function startAnew(): Promise<void> {
  trap.lay(null);
  await runner?.stop();
  runner = smallRunner(warehouse, controlDb, { project: PROJECT });
  expect(await runner.lead()).toBe(true);
}

const MONTHS = [5, 6, 7, 8, 10];
const first = MONTHS.flatMap((month) =>
  [1, 2, 31].flatMap((day) => {
    const at = new Date(Date.UTC(2026, month - 1, day, 12)).toISOString().slice(0, 10);
    return ['a', 'b'].map((item) => ({
      id: `${item} ${month}/${day}`,
      ...{ item, at: `${at} 12:00:00.000` },
    }));
  }),
);

beforeEach(async () => {
  await controlDb.dataSource.query('delete from month_borders');
  await controlDb.dataSource.query('delete from retention_floors');
  await controlDb.dataSource.query('delete from model_states');
  await real.command('pipeline', 'truncate table bronze.events');
  await startAnew();
  await deliver(real, first);
  await tick();
});

const tick = async () =>
  expect(await runner.tick('streaming')).toMatchObject({ status: 'published' });

const oldMonths = () =>
  new OldMonths(runner, { warehouse, clock: CLOCK, logger: createLogger('silent') });

const seen = async (tables = TABLES, columns = '*') => {
  const rows: Record<string, unknown> = {};
  for (const table of tables) {
    rows[table] = await real.query('reader', `select ${columns} from ${table} order by all`);
  }
  return rows;
};

/** Which run made a row, and when, is another matter. */
const made = "columns('^[^_]')";

const partitions = async (side: 'days' | 'months') => {
  const rows = await real.query<{ partition: string }>(
    'reader',
    `select distinct partition from system.parts
     where active and endsWith(table, '__${side}') order by partition`,
  );
  return rows.map(({ partition }) => partition).join(' ');
};

const NEW_DAYS = '20260801 20260802 20260831 20261001 20261002 20261031';

it('moves whole months that are older than ninety days, and lets readers see what they saw', async () => {
  const before = await seen();
  const due = await oldMonths().due();
  expect(due.map(({ table, partition }) => `${table} ${partition}`)).toEqual(
    ['silver.items', 'gold.daily', 'silver.latest'].flatMap((table) =>
      ['202605', '202606', '202607'].map((month) => `${table} ${month}`),
    ),
  );
  expect(await oldMonths().move()).toEqual(due);
  expect(await seen()).toEqual(before);
  expect(await partitions('days')).toBe(NEW_DAYS);
  expect(await partitions('months')).toBe('202605 202606 202607');
  expect(await oldMonths().move()).toEqual([]);
});

it('puts what comes late where the rest of its day stands, and knows what stands there', async () => {
  await oldMonths().move();
  await deliver(real, [...first, { id: 'late', item: 'a', at: '2026-06-02 13:00:00.000' }]);
  await tick();
  const late = await real.query(
    'reader',
    `select toString(day) as day, deliveries from gold.daily
     where day in ('2026-06-02', '2026-08-02') order by day`,
  );
  expect(late).toEqual([
    { day: '2026-06-02', deliveries: '3' },
    { day: '2026-08-02', deliveries: '2' },
  ]);
  const latest = await real.query(
    'reader',
    `select item, deliveries from silver.latest where toDate(seen_at) = '2026-06-02' order by item`,
  );
  expect(latest).toEqual([
    { item: 'a', deliveries: '2' },
    { item: 'b', deliveries: '1' },
  ]);
  expect(await partitions('days')).toBe(NEW_DAYS);
});

/** Each of the nine moves takes fewer commands. */
const COMMANDS_MAX = 60;

it.each([
  ['killed before', true],
  ['cut off after', false],
])('goes on when it was %s any of its commands', async (how, isDeath) => {
  const before = await seen();
  let isOver = false;
  let cuts = 0;
  for (let at = 1; !isOver && at < COMMANDS_MAX; at += 1) {
    await startAnew();
    trap.lay({ at, isDeath, counts: () => true });
    isOver = await oldMonths()
      .move()
      .then(
        () => true,
        () => false,
      );
    trap.lay(null);
    expect(await seen()).toEqual(before);
    if (!isOver) cuts += 1;
  }
  process.stdout.write(`months: ${cuts} times ${how} a command, 0 tables differing\n`);
  expect(cuts).toBeGreaterThan(12);
  await startAnew();
  expect(await seen()).toEqual(before);
  expect(await partitions('days')).toBe(NEW_DAYS);
  expect(await partitions('months')).toBe('202605 202606 202607');
  const stages = `select name from system.tables where database = 'stage'`;
  expect(await real.query('reader', stages)).toEqual([]);
});

it('goes on in the same service after a statement failed', async () => {
  const before = await seen();
  trap.lay({ at: 1, isDeath: false, counts: (sql) => sql.startsWith('exchange tables') });
  await expect(oldMonths().move()).rejects.toThrow('The connection broke.');
  trap.lay(null);
  expect(await seen()).toEqual(before);
  await deliver(real, [{ id: 'meanwhile', item: 'c', at: '2026-05-02 13:00:00.000' }]);
  await tick();
  expect(await oldMonths().move()).not.toEqual([]);
  await deliver(real, [{ id: 'meanwhile', item: 'c', at: '2026-05-02 13:00:00.000' }]);
  await runner.tick('streaming');
  const rows = await real.query('reader', `select deliveries from silver.latest where item = 'c'`);
  expect(rows).toEqual([{ deliveries: '1' }]);
});

it('shows nothing of a leader that was followed while it paused', async () => {
  const before = await seen();
  trap.lay({
    ...{ at: 1, isDeath: false, counts: (sql) => sql.startsWith('exchange tables') },
    before: () => dropOlderStages(real, Number.MAX_SAFE_INTEGER),
  });
  await expect(oldMonths().move()).rejects.toThrow(/stage/);
  expect(await seen()).toEqual(before);
  await startAnew();
  expect(await seen()).toEqual(before);
});

it('shows no border of before when another leader follows it while it prepares', async () => {
  await oldMonths().move();
  const before = await seen();
  await runner.stop();
  trap.lay({
    ...{ at: 1, isDeath: false, counts: (sql) => sql.startsWith('exchange tables') },
    before: () => dropOlderStages(real, Number.MAX_SAFE_INTEGER),
  });
  runner = smallRunner(warehouse, controlDb, { project: PROJECT });
  await expect(runner.lead()).rejects.toThrow(/stage/);
  expect(await seen()).toEqual(before);
});

it('makes a model anew of which the months are gone', async () => {
  await oldMonths().move();
  const before = await seen(TABLES, made);
  await real.command('pipeline', 'drop table silver.items__months sync');
  await startAnew();
  await tick();
  expect(await seen(TABLES, made)).toEqual(before);
});

it('is undone by nothing: a model made anew puts old rows into their months', async () => {
  await oldMonths().move();
  const before = await seen(TABLES, made);
  await controlDb.dataSource.query('delete from model_states');
  await startAnew();
  await tick();
  expect(await seen(TABLES, made)).toEqual(before);
  expect(await partitions('days')).toBe(NEW_DAYS);
  expect(await partitions('months')).toBe('202605 202606 202607');
});

it('lets retention go by month and by day alike', async () => {
  const config = { rawRetentionMonths: 0, factRetentionMonths: 3 };
  const stores = { warehouse, controlDb, clock: CLOCK, logger: createLogger('silent'), config };
  const before = await seen();
  expect((await new Retention(runner, stores).apply()).months).toHaveLength(2);
  expect(await partitions('months')).toBe('202607');
  const all = before['gold.daily'] as { day: string }[];
  expect(await seen(['gold.daily'])).toEqual({
    'gold.daily': all.filter(({ day }) => day >= '2026-08-01'),
  });
  CLOCK.time = new Date('2027-02-01T12:00:00Z');
  const plan = await new Retention(runner, stores).apply();
  CLOCK.time = NOVEMBER;
  expect(plan.partitions.map(({ table, partition }) => `${table} ${partition}`)).toContain(
    'silver.items 20260831',
  );
});

it('takes a table from before there were months for its days', async () => {
  const before = await seen();
  await runner.stop();
  for (const table of ['silver.items', 'silver.latest__versions', 'gold.daily']) {
    await real.command('pipeline', `drop view ${table} sync`);
    await real.command('pipeline', `drop table ${table}__months sync`);
    await real.command('pipeline', `rename table ${table}__days to ${table}`);
  }
  await startAnew();
  expect(await seen()).toEqual(before);
  await deliver(real, [{ id: 'new', item: 'b', at: '2026-10-31 13:00:00.000' }]);
  await tick();
  await oldMonths().move();
  expect(await partitions('months')).toBe('202605 202606 202607');
});
