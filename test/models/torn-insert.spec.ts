/** A kill can land between the two partitions of one insert; the next run must mend what is torn. */
import { loadBronze, openTestPipeline, type TestPipeline } from '../support/pipeline.js';

const placed = (at: string, messageId: string) => ({
  event: 'Order Completed',
  at,
  messageId,
  properties: { order_id: 'A', products: [{ product_id: 'p', price: 10, quantity: 1 }] },
});

describe('an order that moved to another month, its tombstone lost', () => {
  let pipeline: TestPipeline;
  const run = () => pipeline.runner.run({ target: 'streaming', trigger: 'request' });
  const placements = () =>
    pipeline.warehouse.query<object>(
      'reader',
      'select order_id, toYYYYMM(placed_at) as month from silver.orders order by month',
    );

  beforeAll(async () => {
    pipeline = await openTestPipeline();
  });

  it('stands once after the next event about it', async () => {
    await loadBronze(pipeline.warehouse, [placed('2026-02-05T10:00:00Z', 'second')]);
    await run();
    await loadBronze(pipeline.warehouse, [placed('2026-01-20T10:00:00Z', 'first')]);
    await run();
    expect(await placements()).toEqual([{ order_id: 'A', month: 202601 }]);

    // What a kill between the two parts of the insert leaves behind: the row, not the tombstone.
    await pipeline.warehouse.command(
      'pipeline',
      'alter table silver.orders__versions delete where _is_deleted settings mutations_sync = 1',
    );
    expect(await placements()).toHaveLength(2);

    await loadBronze(pipeline.warehouse, [placed('2026-03-01T10:00:00Z', 'third')]);
    await run();
    expect(await placements()).toEqual([{ order_id: 'A', month: 202601 }]);
    const sales = await pipeline.warehouse.queryOne<object>(
      'reader',
      'select sum(s.orders) as orders, sum(s.gross) as gross from gold.sales_15m as s',
    );
    expect(sales).toEqual({ orders: '1', gross: '10' });
  });
});
