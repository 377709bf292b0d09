/** A changed definition is made anew, with all that is computed from it. */
import type { Project } from '../../src/analytics/compiler/model.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestControlDb, openTestWarehouse } from '../support/stores.js';
import { daily, deliver, itemIds, smallProject, smallRunner } from './small-project.js';

/** `silver.items` without what was delivered on the 5th. */
const fewer = () =>
  smallProject({
    '2_silver/items.sql': (sql) => `${sql}\n  and toDate(occurred_at) != '2026-11-05'`,
  });

/** `gold.daily` over a view of the items, which counts each twice if told so. */
const throughView = (twice: boolean) =>
  smallProject({
    '3_gold/daily.sql': (sql) => sql.replace('silver.items', 'gold.deliveries'),
    '3_gold/deliveries.sql': () =>
      `select occurred_at from ref('silver.items')` +
      (twice ? ` union all select occurred_at from ref('silver.items')` : ''),
    '3_gold/deliveries.yml': () => VIEW_YML,
  });

const VIEW_YML = `
description: Deliveries for row-level questions.
grain: one delivery
kind: view
owner: tests
columns:
  - { name: occurred_at, type: "DateTime64(3, 'UTC')", description: When it happened. }`;

describe('a model whose definition changed', () => {
  let warehouse: Warehouse;
  let controlDb: ControlDb;

  beforeAll(async () => {
    warehouse = await openTestWarehouse();
    await deliver(warehouse, [
      { id: 'a' },
      { id: 'b', at: '2026-11-06 12:00:00.000' },
      { id: 'c', item: 'b', at: '2026-11-06 13:00:00.000' },
    ]);
  });

  beforeEach(async () => {
    controlDb = await openTestControlDb();
    await run(smallProject());
  });

  /** A service with this project starts, runs everything once, and stops. */
  async function run(project: Project): Promise<void> {
    const runner = smallRunner(warehouse, controlDb, { project });
    expect((await runner.run({ target: 'all', trigger: 'request' })).status).toBe('published');
    await runner.stop();
  }

  const latest = () =>
    warehouse.query('reader', 'select item, deliveries from silver.latest order by item');

  it('is computed again from what stands upstream', async () => {
    expect(await itemIds(warehouse)).toEqual(['a', 'b', 'c']);
    await run(fewer());
    expect(await itemIds(warehouse)).toEqual(['b', 'c']);
    await run(smallProject());
    expect(await itemIds(warehouse)).toEqual(['a', 'b', 'c']);
  });

  it('leaves nothing of its old rows downstream', async () => {
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '2' });
    await run(fewer());
    expect(await daily(warehouse)).toEqual({ '2026-11-06': '2' });
    expect(await latest()).toEqual([{ item: 'b', deliveries: '2' }]);
  });

  it('is filled again when its table is gone, and no other is touched', async () => {
    for (const table of ['silver.items', 'silver.latest__versions']) {
      await warehouse.command('pipeline', `drop table ${table} sync`);
    }
    const loads = `select count() as n, max(_loaded_at) as newest from bronze.events`;
    const before = await warehouse.query('reader', loads);
    await run(smallProject());
    expect(await itemIds(warehouse)).toEqual(['a', 'b', 'c']);
    expect(await latest()).toEqual([
      { item: 'a', deliveries: '1' },
      { item: 'b', deliveries: '2' },
    ]);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '2' });
    expect(await warehouse.query('reader', loads)).toEqual(before);
  });

  it('makes what reads it through a view anew, when the view changes', async () => {
    await run(throughView(false));
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '2' });
    await run(throughView(true));
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '2', '2026-11-06': '4' });
  });

  it('is left alone otherwise: a restart makes nothing anew', async () => {
    const parts = () =>
      warehouse.query(
        'reader',
        `select table, name, modification_time from system.parts
         where active and database in ('silver', 'gold') order by table, name`,
      );
    const before = await parts();
    expect(before.length).toBeGreaterThan(0);
    await run(smallProject());
    expect(await parts()).toEqual(before);
  });

  it('is computed again by a service that led before and still lives', async () => {
    controlDb = await openTestControlDb();
    const old = smallRunner(warehouse, controlDb);
    await old.tick('all');
    const fresh = smallRunner(warehouse, controlDb, { project: fewer() });
    await old.resign();
    await fresh.tick('all');
    await fresh.stop();
    await old.tick('all');
    expect(await itemIds(warehouse)).toEqual(['a', 'b', 'c']);
    expect(await daily(warehouse)).toEqual({ '2026-11-05': '1', '2026-11-06': '2' });
    await old.stop();
  });
});
