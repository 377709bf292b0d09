/**
 * The demo's own shop database, filled from the same simulation as the tracked events, so that the
 * warehouse can extract it and both sides can be reconciled. Imported by the demo command alone.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { shopRows, type PurchaseRow, type ShopRows } from '../shop/shop-rows.js';
import { ShopSimulation, type SimulationOptions } from '../shop/simulation.js';

const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 60_000;
/** One statement carries so many rows, about 300 kB. */
const ROWS_PER_INSERT = 1_000;

/** What the shop's own tables say; money as decimal strings in US dollars. */
export interface ShopTotals {
  orders: number;
  units: number;
  grossSales: string;
  /** Everything given back, tax and shipping included: refunds and cancelled orders. */
  refunded: string;
}

/** The rows come as JSON and are matched to the columns by name. */
const INSERTS: readonly [table: keyof ShopRows, sql: string][] = [
  ['users', 'insert into users select * from json_populate_recordset(null::users, $1::json)'],
  ['items', 'insert into items select * from json_populate_recordset(null::items, $1::json)'],
  [
    'purchases',
    'insert into purchases select * from json_populate_recordset(null::purchases, $1::json)',
  ],
];

/** Creates the database if the server of `adminUrl` (a URL to any database of it) lacks it. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    // The name of a database is an identifier, which no parameter can carry.
    if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });
}

/**
 * Creates the shop's tables and fills them with the simulation's rows, all or nothing. Where they
 * hold its rows already, from an earlier start, nothing is written.
 * @throws Error when the tables hold the rows of another simulation.
 */
export async function createShopDatabase(
  url: string,
  options: SimulationOptions,
): Promise<ShopTotals> {
  const rows = await shopRows(new ShopSimulation(options));
  return withClient(url, async (client) => {
    // A connection that ends within the transaction, for whatever reason, leaves nothing behind.
    await client.query('begin');
    await client.query(await readSql('oneshop.sql'));
    if (await isEmpty(client)) await insert(client, rows);
    else await refuseOtherShop(client, rows.purchases);
    await client.query('commit');
    const totals = await client.query<ShopTotals>(await readSql('oneshop-totals.sql'));
    return totals.rows[0]!;
  });
}

async function isEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ isEmpty: boolean }>(
    `select not exists (select from users) and not exists (select from items)
       and not exists (select from purchases) as "isEmpty"`,
  );
  return rows[0]!.isEmpty;
}

async function insert(client: pg.Client, rows: ShopRows): Promise<void> {
  for (const [table, sql] of INSERTS) {
    for (let from = 0; from < rows[table].length; from += ROWS_PER_INSERT) {
      const part = rows[table].slice(from, from + ROWS_PER_INSERT);
      await client.query(sql, [JSON.stringify(part)]);
    }
  }
}

/**
 * Orders are known by the millisecond in which they were placed: two simulations share none. One
 * that is found will do, since whoever tries the demo may have changed rows to see what happens.
 */
async function refuseOtherShop(client: pg.Client, purchases: PurchaseRow[]): Promise<void> {
  const { rowCount } = await client.query(
    `select 1 from json_populate_recordset(null::purchases, $1::json) as simulated
     join purchases using (id, order_number, purchased_at) limit 1`,
    [JSON.stringify(purchases.slice(0, ROWS_PER_INSERT))],
  );
  if (rowCount !== 0) return;
  throw new Error(
    'The shop database holds the rows of another shop. Use the options it was made with, ' +
      'or another --data-dir.',
  );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A connection lost between two queries is told by the next query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}
