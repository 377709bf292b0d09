/** The nightly compaction drops superseded versions and changes nothing that a reader sees. */
import { loadBronze, openTestPipeline, type TestPipeline } from '../support/pipeline.js';

const order = (id: string, price: number, at: string, event = 'Order Completed') => ({
  event,
  at,
  messageId: `${event}-${id}-${at}`,
  properties: { order_id: id, products: [{ product_id: 'p', price, quantity: 1 }] },
});

describe('compaction of upsert models', () => {
  let pipeline: TestPipeline;
  const rows = async (sql: string) => pipeline.warehouse.query<object>('reader', sql);
  const increment = async (events: Parameters<typeof loadBronze>[1]) => {
    await loadBronze(pipeline.warehouse, events);
    await pipeline.runner.run({ target: 'streaming', trigger: 'request' });
  };

  beforeAll(async () => {
    pipeline = await openTestPipeline();
  });

  it('leaves one version a row and partition, tombstones among them', async () => {
    await increment([
      order('A', 10, '2026-01-05T10:00:00Z'),
      order('B', 20, '2026-02-05T10:00:00Z'),
    ]);
    await increment([order('A', 12, '2026-01-06T10:00:00Z', 'Order Updated')]);
    // An earlier placement moves order B to another month: a tombstone stays in the old one.
    await increment([order('B', 20, '2026-01-20T10:00:00Z')]);
    const versions = `select order_id, toYYYYMM(placed_at) as month, _is_deleted
      from silver.orders__versions order by order_id, month`;
    const view = 'select * from silver.orders order by order_id';
    const before = await rows(view);
    expect((await rows(versions)).length).toBeGreaterThan(3);

    expect(await pipeline.runner.compact()).toBeGreaterThan(0);

    expect(await rows(versions)).toEqual([
      { order_id: 'A', month: 202601, _is_deleted: 0 },
      { order_id: 'B', month: 202601, _is_deleted: 0 },
      { order_id: 'B', month: 202602, _is_deleted: 1 },
    ]);
    expect(await rows(view)).toEqual(before);
    expect(before).toHaveLength(2);
  });

  it('does nothing where nothing is superseded', async () => {
    expect(await pipeline.runner.compact()).toBe(0);
  });
});
