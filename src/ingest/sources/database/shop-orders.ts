/**
 * What the shop's database itself says of its orders, added up from its rows by the same mapping
 * but not by way of the warehouse: the other side of a reconciliation.
 */
import { CodedError } from '../../../contracts/errors.js';
import type { JsonValue } from '../../../contracts/json.js';
import { compileRows, wantedColumns } from '../mapping/compile.js';
import type { Cell } from '../rows.js';
import type { Mapping, TableRule } from '../mapping/rules.js';
import type { ChangePosition, Page, ShopDatabase, TableRead } from './postgres-reader.js';

/** One order as its rows add up. Amounts and units are in millionths. */
export interface ShopOrder {
  placedAt: string;
  units: bigint;
  gross: bigint;
  /** What was given back or cancelled, of goods, tax and shipping. */
  refunds: bigint;
}

/** What the lines of an order add up to, and what its own row says. */
interface Told {
  placedAt: string | null;
  header: Record<string, JsonValue> | null;
  lines: number;
  units: bigint;
  gross: bigint;
  discount: bigint;
  tax: bigint;
  shipping: bigint;
  refunds: bigint;
}

const PAGE_ROWS = 20_000;
const ORDERS_AT_ONCE = 5_000;
const DAY_MS = 24 * 3_600_000;
const MILLION = 1_000_000n;

/**
 * The orders placed in [from, to), by id. Rows are read from a day before to a day after, as those
 * of one order may lie apart and a column without an offset is read as UTC. Lines that do not say
 * when they were placed are those of the orders found.
 */
export async function readShopOrders(
  database: ShopDatabase,
  mapping: Mapping,
  from: Date,
  to: Date,
): Promise<Map<string, ShopOrder>> {
  const reading = new Reading(database, mapping, {
    from: new Date(from.getTime() - DAY_MS),
    to: new Date(to.getTime() + DAY_MS),
  });
  const feeding = (entity: string) =>
    mapping.tables!.filter(({ rows }) => rows.some((rule) => rule.entity === entity));
  const headers = feeding('orders');
  const lines = feeding('order_lines').filter((rule) => !headers.includes(rule));
  for (const rule of headers) await reading.readRange(rule, requireTime(rule));
  for (const rule of lines) {
    const column = columnOf(rule, 'placed_at');
    if (column !== null) await reading.readRange(rule, column);
    else await reading.readLinesOfOrders(rule);
  }
  return reading.orders(from.toISOString(), to.toISOString());
}

function columnOf({ rows }: TableRule, name: string): string | null {
  for (const { fields } of rows) {
    const field = fields.find((rule) => rule.name === name);
    if (field?.from.kind === 'column') return field.from.column.column;
  }
  return null;
}

function requireTime(rule: TableRule): string {
  const column = columnOf(rule, 'placed_at');
  if (column !== null) return column;
  throw new CodedError(
    'source_mismatch',
    `To reconcile, placed_at of ${rule.table} must be mapped from one column.`,
  );
}

class Reading {
  private readonly told = new Map<string, Told>();
  /** The order ids of the headers as their tables write them. */
  private readonly rawIds: string[] = [];

  constructor(
    private readonly database: ShopDatabase,
    private readonly mapping: Mapping,
    private readonly range: { from: Date; to: Date },
  ) {}

  async readRange(rule: TableRule, column: string): Promise<void> {
    const read = tableRead(rule);
    const { from, to } = this.range;
    const add = this.adder(rule, read);
    let after: ChangePosition | null = null;
    do {
      const page: Page<ChangePosition> = await this.database.readBetween(
        read,
        column,
        from,
        to,
        after,
        PAGE_ROWS,
      );
      for (const cells of page.cells) add(cells);
      after = page.last;
    } while (after !== null);
  }

  async readLinesOfOrders(rule: TableRule): Promise<void> {
    const read = tableRead(rule);
    const column = columnOf(rule, 'order_id');
    if (column === null) return;
    const add = this.adder(rule, read);
    for (let start = 0; start < this.rawIds.length; start += ORDERS_AT_ONCE) {
      const ids = this.rawIds.slice(start, start + ORDERS_AT_ONCE);
      let after: string | null = null;
      do {
        const page: Page<string> = await this.database.readMatching(
          read,
          column,
          ids,
          after,
          PAGE_ROWS,
        );
        for (const cells of page.cells) add(cells);
        after = page.last;
      } while (after !== null);
    }
  }

  orders(from: string, to: string): Map<string, ShopOrder> {
    const orders = new Map<string, ShopOrder>();
    for (const [id, told] of this.told) {
      if (told.placedAt === null || told.placedAt < from || told.placedAt >= to) continue;
      orders.set(id, toOrder(told, told.placedAt));
    }
    return orders;
  }

  private adder(rule: TableRule, read: TableRead): (cells: Cell[]) => void {
    const mapper = compileRows(this.mapping, rule.rows, read.columns, null);
    const idColumn = read.columns.indexOf(columnOf(rule, 'order_id') ?? '');
    let line = 0;
    return (cells) => {
      const mapped = mapper.map({ line: (line += 1), cells });
      if (mapped.outcome !== 'record' || mapped.values['is_test'] === true) return;
      const { entity, values } = mapped;
      if (entity === 'order_lines') addLine(this.toldOf(values), values);
      if (entity !== 'orders') return;
      const told = this.toldOf(values);
      told.header = values;
      told.placedAt = String(values['placed_at']);
      const rawId = cells[idColumn];
      if (typeof rawId === 'string') this.rawIds.push(rawId);
    };
  }

  private toldOf(values: Record<string, JsonValue>): Told {
    const id = String(values['order_id']);
    const nothing = { units: 0n, gross: 0n, discount: 0n, tax: 0n, shipping: 0n, refunds: 0n };
    const told = this.told.get(id) ?? { placedAt: null, header: null, lines: 0, ...nothing };
    this.told.set(id, told);
    return told;
  }
}

function tableRead({ table, key, rows }: TableRule): TableRead {
  return { table, key, changedAt: null, columns: wantedColumns(rows) };
}

function addLine(told: Told, values: Record<string, JsonValue>): void {
  const units = millionths(values['quantity']);
  const gross = roundedProduct(units, millionths(values['unit_price']));
  const [discount, tax, shipping] = ['discount', 'tax', 'shipping'].map((name) =>
    millionths(values[name]),
  ) as [bigint, bigint, bigint];
  told.lines += 1;
  told.units += units;
  told.gross += gross;
  told.discount += discount;
  told.tax += tax;
  told.shipping += shipping;
  told.refunds += givenBack(values, gross - discount + tax + shipping);
  const placedAt = values['placed_at'];
  if (told.header !== null || typeof placedAt !== 'string') return;
  if (told.placedAt === null || placedAt < told.placedAt) told.placedAt = placedAt;
}

/** What the order's own row states wins over its lines' sums; units and gross are the lines'. */
function toOrder(told: Told, placedAt: string): ShopOrder {
  const { header, lines, units } = told;
  if (!header) return { placedAt, units, gross: told.gross, refunds: told.refunds };
  const stated = (name: 'discount' | 'tax' | 'shipping') =>
    typeof header[name] === 'string' ? millionths(header[name]) : told[name];
  const [discount, tax, shipping] = [stated('discount'), stated('tax'), stated('shipping')];
  const goods =
    typeof header['subtotal'] === 'string'
      ? millionths(header['subtotal'])
      : millionths(header['total']) - tax - shipping;
  const gross = lines > 0 ? told.gross : goods + discount;
  const isStated = 'status' in header || 'refunded_amount' in header;
  const refunds = isStated ? givenBack(header, gross - discount + tax + shipping) : told.refunds;
  return { placedAt, units, gross, refunds };
}

/** A cancelled row gives back all of its worth, whatever was refunded of it before. */
function givenBack(values: Record<string, JsonValue>, worth: bigint): bigint {
  const refunded = values['refunded_amount'];
  const amount = typeof refunded === 'string' ? millionths(refunded) : null;
  if (values['status'] === 'cancelled') return amount !== null && amount > worth ? amount : worth;
  return amount ?? (values['status'] === 'refunded' ? worth : 0n);
}

/** A decimal string of at most six decimals; null is nothing. */
export function millionths(value: JsonValue | undefined): bigint {
  if (typeof value !== 'string' || value === '') return 0n;
  const [whole = '0', part = ''] = value.replace('-', '').split('.');
  const amount = BigInt(whole) * MILLION + BigInt(part.padEnd(6, '0').slice(0, 6));
  return value.startsWith('-') ? -amount : amount;
}

/** Half away from zero, as the warehouse rounds. */
function roundedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  const half = product < 0n ? -MILLION / 2n : MILLION / 2n;
  return (product + half) / MILLION;
}

/** The inverse of {@link millionths}, without trailing zeros beyond cents. */
export function fromMillionths(amount: bigint): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(7, '0');
  const part = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -6)}.${part}`;
}
