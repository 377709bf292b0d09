import { compareOrders, type WarehouseOrder } from './reconciliation.js';

const dayOf = (instant: string) => instant.slice(0, 10);

const inShop = (
  gross: number,
  more: { placedAt?: string; units?: number; refunds?: number } = {},
) => ({
  placedAt: more.placedAt ?? '2026-03-01T10:00:00.000Z',
  units: BigInt(more.units ?? 1) * 1_000_000n,
  gross: BigInt(Math.round(gross * 100)) * 10_000n,
  refunds: BigInt(Math.round((more.refunds ?? 0) * 100)) * 10_000n,
});

const inWarehouse = (
  order_id: string,
  gross: string,
  more: Partial<WarehouseOrder> = {},
): WarehouseOrder => ({
  order_id,
  source: 'shop',
  day: '2026-03-01',
  units: '1',
  gross,
  refunds: '0',
  ...more,
});

const compare = (shop: [string, ReturnType<typeof inShop>][], warehouse: WarehouseOrder[]) =>
  compareOrders('shop', new Map(shop), warehouse, dayOf);

describe('compareOrders', () => {
  it('adds both sides up by day, exactly', () => {
    const days = compare(
      [
        ['a', inShop(0.1)],
        ['b', inShop(0.2, { units: 3, refunds: 0.15 })],
      ],
      [inWarehouse('a', '0.1'), inWarehouse('b', '0.2', { units: '3', refunds: '0.15' })],
    );
    const totals = { orders: 2, units: '4', gross: '0.30', refunds: '0.15' };
    expect(days).toMatchObject([
      { day: '2026-03-01', source: 'shop', shop: totals, warehouse: totals, is_reconciled: true },
    ]);
  });

  it('names what is missing, what is extra and what differs', () => {
    const [shopDay, webDay] = compare(
      [
        ['missing', inShop(5)],
        ['gross', inShop(5)],
        ['refund', inShop(5, { refunds: 2 })],
        ['same', inShop(5)],
      ],
      [
        inWarehouse('gross', '5.01'),
        inWarehouse('refund', '5', { refunds: '1.99' }),
        inWarehouse('same', '5'),
        inWarehouse('extra', '7', { source: 'web' }),
      ],
    );
    expect(shopDay).toMatchObject({
      is_reconciled: false,
      differences: { missing_ids: ['missing'], differing_ids: ['gross', 'refund'], extra: 0 },
    });
    expect(webDay).toMatchObject({
      source: 'web',
      is_reconciled: false,
      differences: { extra_ids: ['extra'], missing: 0, differing: 0 },
    });
  });

  it('tells an order on another day, or of another source, as differing on the shop’s day', () => {
    const days = compare(
      [
        ['a', inShop(5)],
        ['b', inShop(5)],
      ],
      [inWarehouse('a', '5', { day: '2026-03-02' }), inWarehouse('b', '5', { source: 'web' })],
    );
    expect(
      days.map(({ day, source, differences }) => [day, source, differences.differing]),
    ).toEqual([
      ['2026-03-01', 'shop', 2],
      ['2026-03-01', 'web', 0],
      ['2026-03-02', 'shop', 0],
    ]);
  });

  it('counts all, but names a hundred', () => {
    const shop = Array.from({ length: 150 }, (_, n) => [`o${n}`, inShop(1)] as const);
    const [day] = compareOrders('shop', new Map(shop), [], dayOf);
    expect(day!.differences.missing).toBe(150);
    expect(day!.differences.missing_ids).toHaveLength(100);
  });

  it('has nothing to tell of no orders', () => {
    expect(compare([], [])).toEqual([]);
  });
});
