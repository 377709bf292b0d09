/** What goes by the rules of retention, what stays, and what a late event for a day gone does. */
import { Retention } from '../../src/analytics/retention/retention.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { loadBronze, openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import { expectRows, increment, line, placed, refunded, rowsOf, runOnce } from './golden.js';

const CONFIG = { rawRetentionMonths: 84, factRetentionMonths: 84 };
/** Sums of May 2026 are the first that stand then, and the rows of April behind them. */
const SEVEN_YEARS_ON = new Date('2033-05-10T04:10:00Z');

let pipeline: TestPipeline;
const order = (id: string, day: string) =>
  placed(id, `2026-${day}T10:00:00Z`, { products: [line('p1', 1, 10)] }, { user: `user-${id}` });

function retentionAt(now: Date | null, config = CONFIG): Retention {
  const clock = new Clock();
  if (now) clock.now = () => now;
  const { warehouse, controlDb } = pipeline;
  const logger = createLogger('silent');
  return new Retention(pipeline.runner, { warehouse, controlDb, clock, logger, config });
}

const orders = (drawn: string) =>
  expectRows(pipeline.warehouse, 'select order_id from silver.orders order by order_id', drawn);
const salesDays = (drawn: string) =>
  expectRows(
    pipeline.warehouse,
    `select toDate(bucket_at) as day, sum(orders) as orders from gold.sales_15m
     group by day order by day`,
    drawn,
  );
const versionsOf = async (model: string) => {
  const rows = await pipeline.controlDb.dataSource.query<{ partition: string; version: string }[]>(
    `select partition, version from publish_log where model = $1`,
    [model],
  );
  return Object.fromEntries(rows.map(({ partition, version }) => [partition, Number(version)]));
};

beforeAll(async () => {
  pipeline = await openTestPipeline();
  const days = [order('march', '03-10'), order('april', '04-10'), order('may', '05-10')];
  await increment(pipeline, [...days, { ...order('held', '05-11'), user: 'user-held' }], 'all');
  await pipeline.warehouse.command(
    'pipeline',
    `insert into operations.quarantined_rows (model, check_name, row_key, run_id, row)
     values ('silver.orders', 'unique', 'k', generateUUIDv4(), '{}')`,
  );
});

it('touches nothing that is younger than seven years, and says what a day costs', async () => {
  const plan = await retentionAt(null).apply();
  expect(plan).toMatchObject({ partitions: [], records: [], warnings: [] });
  const cost = plan.costs.find(({ table }) => table === 'silver.orders')!;
  expect(cost).toMatchObject({ rows: 4, days: 4, rule: 'facts' });
  expect(cost.bytes_per_day).toBe(Math.round(cost.bytes / 4));
  await orders('april\nheld\nmarch\nmay');
});

it('a plan names what would go, and changes nothing', async () => {
  const { partitions, records } = await retentionAt(SEVEN_YEARS_ON).plan();
  const old = (table: string) =>
    partitions.filter((found) => found.table === table).map(({ partition }) => partition);
  expect(old('silver.orders')).toEqual(['202603']);
  // March stands as a month since retention was applied; April would, were it due.
  expect(old('silver.events')).toEqual(['202603']);
  expect(old('gold.sales_15m')).toEqual(['202603', '202604']);
  expect(old('operations.quarantined_rows')).toHaveLength(1);
  // Raw events go by when they were received, which is now.
  expect(old('bronze.events')).toEqual([]);
  expect(partitions.every(({ rows, bytes }) => rows > 0 && bytes > 0)).toBe(true);
  expect(records.map(({ table }) => table)).toContain('pipeline_runs');
  await orders('april\nheld\nmarch\nmay');
});

it('for ever is for ever, and raw events that go before the facts are warned of', async () => {
  const kept = await retentionAt(SEVEN_YEARS_ON, {
    rawRetentionMonths: 1,
    factRetentionMonths: 0,
  }).plan();
  expect([...new Set(kept.partitions.map(({ table }) => table))]).not.toContain('silver.orders');
  expect(kept.partitions.map(({ table }) => table)).toContain('bronze.events');
  expect(kept.warnings[0]).toContain('RAW_RETENTION_MONTHS (1)');
});

it('lets whole months go, publishes their days, and leaves the others as they are', async () => {
  const before = await versionsOf('gold.sales_15m');
  const untouched = await rowsOf(
    pipeline.warehouse,
    `select toString(cityHash64(*)) as row from gold.sales_15m where toDate(bucket_at) >= '2026-05-01' order by 1`,
  );
  await retentionAt(SEVEN_YEARS_ON).apply();
  await orders('april\nheld\nmay');
  await salesDays('2026-05-10 | 1\n2026-05-11 | 1');
  expect(await rowsOf(pipeline.warehouse, 'select * from operations.quarantined_rows')).toEqual([]);
  const after = await versionsOf('gold.sales_15m');
  expect(after['2026-03-10']).toBeGreaterThan(before['2026-03-10']!);
  expect(after['2026-05-10']).toBe(before['2026-05-10']);
  // What reads the days that are gone looks at them again, and makes nothing of them.
  await runOnce(pipeline, 'all');
  expect(
    await rowsOf(
      pipeline.warehouse,
      'select toString(cityHash64(*)) as row from gold.sales_15m order by 1',
    ),
  ).toEqual(untouched);
  expect((await retentionAt(SEVEN_YEARS_ON).apply()).partitions).toEqual([]);
});

it('a late event does not bring back a piece of a day that is gone', async () => {
  await increment(pipeline, [order('late-march', '03-10'), order('late-may', '05-10')]);
  await orders('april\nheld\nlate-may\nmay');
  await salesDays('2026-05-10 | 2\n2026-05-11 | 1');
  const inBronze = `select count() as rows from bronze.events where payload like '%late-march%'`;
  expect(await rowsOf(pipeline.warehouse, inBronze)).toEqual(['1']);
  // Nor does the order of a day that is kept behind the sums: its sum is gone as a whole.
  await increment(pipeline, [order('late-april', '04-10')]);
  await salesDays('2026-05-10 | 2\n2026-05-11 | 1');
});

it('a refund of an order that is gone counts on its own day, and brings no order back', async () => {
  await increment(pipeline, [
    refunded('march', '2026-05-12T10:00:00Z', { total: 10 }, { user: 'user-march' }),
  ]);
  await orders('april\nheld\nlate-april\nlate-may\nmay');
  await salesDays('2026-05-10 | 2\n2026-05-11 | 1\n2026-05-12 | 0');
  const facts = `select entry, toDate(occurred_at) from gold.fct_sales where order_id = 'march'`;
  await expectRows(pipeline.warehouse, facts, 'refund | 2026-05-12');
});

it('goes on where a kill left it: the floor stands, the rows do not yet go', async () => {
  await pipeline.runner.floors.raise('silver.orders', '2026-05-01', new Date());
  await loadBronze(pipeline.warehouse, [order('later-april', '04-10')]);
  await runOnce(pipeline);
  await orders('april\nheld\nlate-april\nlate-may\nmay');
  const { partitions } = await retentionAt(new Date('2033-06-10T04:10:00Z')).apply();
  expect(partitions.map(({ table }) => table)).toContain('silver.orders');
  await orders('held\nlate-may\nmay');
});
