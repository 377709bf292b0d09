/** Compares the orders of two sides, day by day: pure. */
import { fromMillionths, millionths, type ShopOrder } from '../../ingest/index.js';
import type {
  OrderDifferences,
  SideTotals,
} from '../../platform/control-db/entities/source.entities.js';

/** One order as the warehouse has it. Amounts and units are decimal strings. */
export interface WarehouseOrder {
  order_id: string;
  source: string;
  day: string;
  units: string;
  gross: string;
  refunds: string;
}

export interface ReconciledDay {
  day: string;
  source: string;
  shop: SideTotals;
  warehouse: SideTotals;
  differences: OrderDifferences;
  is_reconciled: boolean;
}

interface Side {
  orders: number;
  units: bigint;
  gross: bigint;
  refunds: bigint;
}

interface Day {
  shop: Side;
  warehouse: Side;
  differences: OrderDifferences;
}

/** Ids named of each kind of difference; all are counted. */
const NAMED_IDS = 100;

/**
 * By day and source. An order that stands on another day, or with another sum, on the two sides
 * differs; it is told on the shop's day. `dayOf` gives the day of an instant.
 */
export function compareOrders(
  source: string,
  shop: ReadonlyMap<string, ShopOrder>,
  warehouse: readonly WarehouseOrder[],
  dayOf: (instant: string) => string,
): ReconciledDay[] {
  const days = new Map<string, Day>();
  const at = (day: string, from: string) => {
    const key = `${day}\0${from}`;
    const found = days.get(key) ?? newDay();
    days.set(key, found);
    return found;
  };
  const unseen = new Map(shop);
  for (const [, order] of shop) addTo(at(dayOf(order.placedAt), source).shop, order);
  for (const order of warehouse) {
    const amounts = {
      units: millionths(order.units),
      gross: millionths(order.gross),
      refunds: millionths(order.refunds),
    };
    addTo(at(order.day, order.source).warehouse, amounts);
    const other = shop.get(order.order_id);
    unseen.delete(order.order_id);
    if (!other) note(at(order.day, order.source).differences, 'extra', order.order_id);
    else if (isDifferent(order, amounts, other, dayOf, source)) {
      note(at(dayOf(other.placedAt), source).differences, 'differing', order.order_id);
    }
  }
  for (const [id, order] of unseen) {
    note(at(dayOf(order.placedAt), source).differences, 'missing', id);
  }
  return [...days]
    .map(([key, day]) => toResult(key, day))
    .sort((a, b) => (`${a.day} ${a.source}` < `${b.day} ${b.source}` ? -1 : 1));
}

function isDifferent(
  order: WarehouseOrder,
  amounts: Omit<Side, 'orders'>,
  other: ShopOrder,
  dayOf: (instant: string) => string,
  source: string,
): boolean {
  return (
    order.source !== source ||
    order.day !== dayOf(other.placedAt) ||
    amounts.units !== other.units ||
    amounts.gross !== other.gross ||
    amounts.refunds !== other.refunds
  );
}

const newSide = (): Side => ({ orders: 0, units: 0n, gross: 0n, refunds: 0n });

const newDay = (): Day => ({
  shop: newSide(),
  warehouse: newSide(),
  differences: {
    missing: 0,
    extra: 0,
    differing: 0,
    missing_ids: [],
    extra_ids: [],
    differing_ids: [],
  },
});

function addTo(side: Side, { units, gross, refunds }: Omit<Side, 'orders'>): void {
  side.orders += 1;
  side.units += units;
  side.gross += gross;
  side.refunds += refunds;
}

function note(
  differences: OrderDifferences,
  kind: 'missing' | 'extra' | 'differing',
  id: string,
): void {
  differences[kind] += 1;
  const ids = differences[`${kind}_ids`];
  if (ids.length < NAMED_IDS) ids.push(id);
}

function toResult(key: string, { shop, warehouse, differences }: Day): ReconciledDay {
  const [day, source] = key.split('\0') as [string, string];
  const { missing, extra, differing } = differences;
  return {
    day,
    source,
    shop: toTotals(shop),
    warehouse: toTotals(warehouse),
    differences,
    is_reconciled: missing + extra + differing === 0,
  };
}

const toTotals = ({ orders, units, gross, refunds }: Side): SideTotals => ({
  orders,
  units: fromMillionths(units).replace(/\.00$/, ''),
  gross: fromMillionths(gross),
  refunds: fromMillionths(refunds),
});
