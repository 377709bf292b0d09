/** Models of kind `full`: rebuilt as a whole when upstream published, or when a day began. */
import type { Runner } from '../../src/analytics/runner/runner.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestControlDb, openTestWarehouse, type EngineName } from '../support/stores.js';
import { beforeStatement, deliver, SetClock, smallProject, smallRunner } from './small-project.js';

const TOTALS_SQL = `
select item, count() as deliveries, dateDiff('day', max(occurred_at), as_of) as days_ago
from ref('silver.items')
cross join (select {as_of:DateTime64(3, 'UTC')} as as_of) as today
group by item, as_of`;

const totals = (checks: string) => `
description: How often each item was delivered, and how long ago.
grain: one item
kind: full
schedule: minutely
owner: tests
key: [item]
partition_by: none
order_by: [item]
columns:
  - { name: item, type: String, description: The item. }
  - { name: deliveries, type: UInt64, description: How often. }
  - { name: days_ago, type: Int64, description: Days since the last time. }
checks:
${checks}`;

const LIMITED = `
  - { type: not_null, columns: [item] }
  - { type: range, column: deliveries, max: 2, severity: error }`;

describe.each(['embedded', 'url'] as EngineName[])('a full model, %s', (engine) => {
  const clock = new SetClock(new Date('2026-11-05T12:00:00.000Z'));
  let warehouse: Warehouse;
  let runner: Runner;

  beforeAll(async () => {
    warehouse = await openTestWarehouse(engine);
    const controlDb = await openTestControlDb();
    const project = smallProject({
      '3_gold/totals.sql': () => TOTALS_SQL,
      '3_gold/totals.yml': () => totals(LIMITED),
    });
    runner = smallRunner(warehouse, controlDb, { project, clock });
    await runner.lead();
  });

  async function run() {
    const { models } = await runner.run({ target: 'all', trigger: 'request' });
    return models['gold.totals']!.status;
  }

  const rows = async () =>
    (
      await warehouse.query<{ row: string }>(
        'reader',
        `select concat(item, ' ', toString(deliveries), ' ', toString(days_ago)) as row
         from gold.totals order by item`,
      )
    ).map(({ row }) => row);

  const stages = async () =>
    (
      await warehouse.query<{ name: string }>(
        'reader',
        `select name from system.tables where database = 'stage'`,
      )
    ).map(({ name }) => name);

  it('is built when upstream published, and only then', async () => {
    await deliver(warehouse, [
      { id: 'a', item: 'mug', at: '2026-11-05T08:00:00Z' },
      { id: 'b', item: 'pen', at: '2026-11-03T08:00:00Z' },
    ]);
    expect(await run()).toBe('published');
    expect(await rows()).toEqual(['mug 1 0', 'pen 1 2']);
    expect(await run()).toBe('unchanged');
    expect(await stages()).toEqual([]);
  });

  it('is built again when another day began', async () => {
    clock.time = new Date('2026-11-06T00:00:00.000Z');
    expect(await run()).toBe('published');
    expect(await rows()).toEqual(['mug 1 1', 'pen 1 3']);
    expect(await run()).toBe('unchanged');
  });

  it('keeps its last good rows while a check holds it, and tries again on request', async () => {
    await deliver(warehouse, [
      { id: 'c', item: 'mug', at: '2026-11-05T09:00:00Z' },
      { id: 'd', item: 'mug', at: '2026-11-05T10:00:00Z' },
    ]);
    expect(await run()).toBe('held');
    expect(await rows()).toEqual(['mug 1 1', 'pen 1 3']);
    expect(await run()).toBe('held');
    expect(await stages()).toEqual([]);
  });

  it('is as it was when the swap fails, and right after the next run', async () => {
    await warehouse.command('pipeline', `truncate table silver.items`);
    await deliver(warehouse, [{ id: 'e', item: 'cup', at: '2026-11-06T09:00:00Z' }]);
    beforeStatement(warehouse, 'exchange tables', async () => {
      throw new Error('The engine went away.');
    });
    expect(await run()).toBe('failed');
    expect(await rows()).toEqual(['mug 1 1', 'pen 1 3']);
    expect(await run()).toBe('published');
    expect(await rows()).toEqual(expect.arrayContaining(['cup 1 0']));
    expect(await stages()).toEqual([]);
  });
});
