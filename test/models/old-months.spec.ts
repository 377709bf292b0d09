/**
 * Old days become months: what readers see stays; late events for days that moved are told from those
 * that stand, and land beside them; a backfill and a model made anew put rows where they stood.
 */
import { OldMonths } from '../../src/analytics/retention/old-months.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { createRunner, openTestPipeline } from '../support/pipeline.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';
import { dump, dumpStored, increment, line, placed } from './golden.js';
import { rowsOf, runOnce, startAnew } from './golden.js';

/** Ninety days before it lies the 24th of May: March and April are old, May is not. */
const AUGUST = new Date('2026-08-22T12:00:00Z');
const BY_DAY = ['gold.product_15m', 'silver.events', 'silver.sessions'];

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

function oldMonths(now: Date): OldMonths {
  const { runner, warehouse } = pipeline;
  const clock = new Clock();
  clock.now = () => now;
  return new OldMonths(runner, { warehouse, clock, logger: createLogger('silent') });
}

const page = (visitor: string, at: string, rest: Partial<BronzeEvent> = {}): BronzeEvent => ({
  ...{ call: 'page', visitor, at, messageId: `${visitor}-${at}` },
  ...rest,
});
const viewed = (visitor: string, at: string): BronzeEvent => ({
  ...{ event: 'Product Viewed', visitor, at, messageId: `viewed-${visitor}-${at}` },
  properties: { product_id: 'p1', name: 'P1', price: 10 },
});
const order = (id: string, at: string) =>
  placed(id, at, { products: [line('p1', 1, 10)] }, { user: `user-${id}` });

const FIRST = [3, 4, 5, 6, 8].flatMap((month) => {
  const on = (day: string, time: string) => `2026-0${month}-${day}T${time}:00Z`;
  return [
    page('ann', on('01', '00:10')),
    page('ann', on('30', '23:50')),
    viewed('ann', on('30', '23:55')),
    page('bob', on('15', '10:00')),
    page('bob', on('15', '10:50')),
    order(`o${month}`, on('15', '11:00')),
  ];
});
/** Late, for days of either side: two visits become one, one is new, three events stand already. */
const LATE = [
  page('bob', '2026-03-15T10:25:00Z'),
  page('bob', '2026-04-15T10:25:00Z'),
  page('bob', '2026-06-15T10:25:00Z'),
  page('cyd', '2026-04-02T08:00:00Z'),
  viewed('cyd', '2026-03-02T08:00:00Z'),
  order('late', '2026-04-20T08:00:00Z'),
  ...FIRST.slice(0, 3),
];

const partitions = async () => {
  const rows = await rowsOf(
    pipeline.warehouse,
    `select concat(database, '.', table), groupArray(partition) from (
       select distinct database, table, partition from system.parts
       where active and (table like '%__days' or table like '%__months') order by all
     ) group by all order by all`,
  );
  return rows.map((row) => row.replaceAll(/[[\]"]/g, ''));
};
const borders = async () => {
  const rows = await pipeline.controlDb.dataSource.query<{ model: string; border: string }[]>(
    'select model, border::text as border from month_borders order by model',
  );
  return rows.map(({ model, border }) => `${model} ${border}`);
};

/** Another service leads, over the same stores. */
async function takeOver(warehouse: Warehouse): Promise<void> {
  await pipeline.runner.stop();
  pipeline.runner = createRunner(warehouse, pipeline.controlDb);
  expect(await pipeline.runner.lead()).toBe(true);
}

async function forgetBorders(): Promise<void> {
  await pipeline.controlDb.dataSource.query('delete from month_borders');
}

describe('a move', () => {
  let undisturbed: Record<string, string[]>;

  beforeAll(async () => {
    await increment(pipeline, FIRST, 'all');
    await increment(pipeline, LATE, 'all');
    undisturbed = await dump(pipeline);
    await startAnew(pipeline);
    await increment(pipeline, FIRST, 'all');
  });

  it('says what is due, and changes nothing by it', async () => {
    const stored = await dumpStored(pipeline);
    const due = await oldMonths(AUGUST).due();
    expect(due.map(({ table, partition }) => `${table} ${partition}`).sort()).toEqual(
      BY_DAY.flatMap((table) => [`${table} 202603`, `${table} 202604`]),
    );
    expect(due.find(({ table }) => table === 'silver.events')).toMatchObject({ rows: 6 });
    expect(due.every(({ bytes }) => bytes > 0)).toBe(true);
    expect(await dumpStored(pipeline)).toEqual(stored);
    expect(await borders()).toEqual([]);
  });

  it('leaves what readers see and what is stored, and the days for months', async () => {
    const before = await dump(pipeline);
    const stored = await dumpStored(pipeline);
    const due = await oldMonths(AUGUST).due();
    expect(await oldMonths(AUGUST).move()).toEqual(due);
    expect(await dump(pipeline)).toEqual(before);
    expect(await dumpStored(pipeline)).toEqual(stored);
    expect(await borders()).toEqual(BY_DAY.map((table) => `${table} 2026-05-01`));
    expect(await partitions()).toEqual([
      'gold.product_15m__days | 20260515,20260530,20260615,20260630,20260815,20260830',
      'gold.product_15m__months | 202603,202604',
      'silver.events__days | 20260501,20260515,20260530,20260601,20260615,20260630,20260801,20260815,20260830',
      'silver.events__months | 202603,202604',
      // The visit of the last night of April goes on in May, and stands where it began.
      'silver.sessions__versions__days | 20260515,20260530,20260601,20260615,20260630,20260801,20260815,20260830',
      'silver.sessions__versions__months | 202603,202604',
    ]);
    expect(await oldMonths(AUGUST).move()).toEqual([]);
  });

  it('takes in late events as if nothing had moved', async () => {
    await increment(pipeline, LATE, 'all');
    expect(await dump(pipeline)).toEqual(undisturbed);
    const days = (await partitions()).filter((row) => row.includes('__days'));
    expect(days.join(' ')).not.toMatch(/20260[34]/);
  });

  it('is what a new leader finds, and a run over all of it changes nothing', async () => {
    await takeOver(pipeline.warehouse);
    await runOnce(pipeline, 'all');
    expect(await dump(pipeline)).toEqual(undisturbed);
  });

  it('brings lost rows back to where they stood', async () => {
    const before = await partitions();
    for (const name of BY_DAY) {
      const table = name === 'silver.sessions' ? 'silver.sessions__versions' : name;
      for (const side of ['days', 'months']) {
        await pipeline.warehouse.command('pipeline', `truncate table ${table}__${side}`);
      }
    }
    const { finished } = await pipeline.runner.backfill({
      ...{ target: 'all', trigger: 'backfill', requestedBy: 'tester' },
      parameters: { from: '2026-01-01', to: '2026-12-01' },
    });
    expect((await finished).status).toBe('published');
    expect(await dump(pipeline)).toEqual(undisturbed);
    expect(await partitions()).toEqual(before);
  });

  it('is not undone when a model is made anew', async () => {
    await pipeline.controlDb.dataSource.query(
      `update model_states set definition_hash = 'another' where model = 'silver.events'`,
    );
    await takeOver(pipeline.warehouse);
    await runOnce(pipeline, 'all');
    expect(await dump(pipeline)).toEqual(undisturbed);
    expect((await partitions()).join('\n')).not.toMatch(/__days.*20260[34]/);
  });
});

it('takes a table from before there were months for its days', async () => {
  await forgetBorders();
  await startAnew(pipeline);
  await increment(pipeline, FIRST, 'all');
  const before = await dump(pipeline);
  for (const table of ['silver.events', 'silver.sessions__versions', 'gold.product_15m']) {
    await pipeline.warehouse.command('pipeline', `drop view ${table} sync`);
    await pipeline.warehouse.command('pipeline', `drop table ${table}__months sync`);
    await pipeline.warehouse.command('pipeline', `rename table ${table}__days to ${table}`);
  }
  await takeOver(pipeline.warehouse);
  expect(await dump(pipeline)).toEqual(before);
  await increment(pipeline, LATE, 'all');
  await oldMonths(AUGUST).move();
  expect((await partitions()).length).toBe(6);
});
