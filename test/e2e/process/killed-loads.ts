/** A shop and a file of some tens of thousands of rows, and what the warehouse made of either. */
import type { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import type { TestShop } from '../../support/shop.js';

/** A page and a bit. */
export const SHOP_LINES = 21_000;
const USERS = 500;
const ITEMS = 50;
export const SHOP_ROWS = SHOP_LINES + USERS + ITEMS;
/** Three batches. */
export const FILE_ROWS = 60_000;
export const LINES_PER_ORDER = 3;

const BAD_EVERY = 1_000;
export const BAD_ROWS = FILE_ROWS / BAD_EVERY;
const IGNORED_EVERY = 700;
const STATUSES = ['paid', 'paid', 'paid', 'pending', 'cancelled'];

/** Users, items and purchases with a refund here and there, all older than any overlap. */
export async function fillShop(shop: TestShop): Promise<void> {
  const at = `timestamptz '2026-01-02' + (n / ${LINES_PER_ORDER}) * interval '1 minute'`;
  await shop.rows(
    `insert into users select 'user-' || n, 'user-' || n || '@shop.example', 'User ' || n, 'DE',
       '2026-01-01', '2026-01-01' from generate_series(1, ${USERS}) as n`,
  );
  await shop.rows(
    `insert into items select 'item-' || n, 'SKU-' || n, 'Item ' || n, 'Kitchen', 'Acme', n, 'USD',
       '2026-01-01' from generate_series(1, ${ITEMS}) as n`,
  );
  await shop.rows(
    `insert into purchases select n, 'order-' || n / ${LINES_PER_ORDER},
       'user-' || (n / ${LINES_PER_ORDER}) % ${USERS} + 1, 'item-' || n % ${ITEMS} + 1, 1 + n % 4, n % 90 + 0.99,
       0.1, 0.2, 0, 'USD', 'paid', case when n % 11 = 0 then 1 end,
       case when n % 11 = 0 then ${at} + interval '1 day' end, ${at}, ${at}
     from generate_series(0, ${SHOP_LINES - 1}) as n`,
  );
}

/** Order lines as CSV; some are bad, some are to be ignored. */
export function orderLinesFile(): string {
  const lines = ['line,order,customer,product,quantity,price,status,placed_at,updated_at'];
  for (let line = 0; line < FILE_ROWS; line += 1) {
    const order = Math.floor(line / LINES_PER_ORDER);
    const quantity =
      line % BAD_EVERY === 5 ? 'many' : line % IGNORED_EVERY === 6 ? 0 : 1 + (line % 4);
    const at = new Date(Date.UTC(2026, 0, 2) + order * 60_000).toISOString();
    const status = STATUSES[order % STATUSES.length]!;
    lines.push(
      [line, `sale-${order}`, `user-${order % USERS}`, `item-${line % ITEMS}`, quantity, '9.99']
        .concat([status, at, at])
        .join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}

export const FILE_MAPPING = `
source: export
timezone: UTC
currency: USD
rows:
  - when: { quantity: { equals: 0 } }
    ignore: nothing was bought
    id: [line]
  - entity: order_lines
    id: [line]
    fields:
      order_id: order
      customer_id: customer
      product_id: product
      quantity: quantity
      unit_price: price
      status: status
      placed_at: placed_at
      updated_at: updated_at
`;

/** What one source came to; digests are sums of the rows' hashes. */
export interface Stored {
  /** Rows of bronze: each version that was loaded. */
  versions: number;
  records: number;
  records_digest: string;
  orders: number;
  orders_digest: string;
}

/** Without when and in which place each version was read. */
export async function storedOf(warehouse: Warehouse, source: string): Promise<Stored> {
  const ask = async <Row>(sql: string): Promise<Row> =>
    (await warehouse.query<Row>('reader', sql, { source }))[0]!;
  const { versions } = await ask<{ versions: number }>(
    'select toUInt32(count()) as versions from bronze.records where source = {source:String}',
  );
  const records = await ask<Pick<Stored, 'records' | 'records_digest'>>(
    `select toUInt32(count()) as records, toString(sum(cityHash64(
       entity, origin, record_id, is_deleted, order_id, customer_id, product_id, order_ids,
       customer_ids, payload, arrayMap(
         step -> (step.changed_at, step.status, step.refunded_amount, step.refunded_at), history)
     ))) as records_digest
     from silver.records where source = {source:String}`,
  );
  const orders = await ask<Pick<Stored, 'orders' | 'orders_digest'>>(
    `select toUInt32(count()) as orders, toString(sum(cityHash64(*))) as orders_digest
     from gold.fct_orders where source = {source:String}`,
  );
  return { versions, ...records, ...orders };
}
