/** The demo's shop database on a real PostgreSQL: filled once, and agreeing with the simulation. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createShopDatabase, ensureDatabase } from '../../src/cli/demo/shop-database.js';
import { shopRows, type ShopRows } from '../../src/cli/shop/shop-rows.js';
import { ShopSimulation, type ExpectedSales } from '../../src/cli/shop/simulation.js';
import { closeAfterAll, createTestDatabase } from '../support/stores.js';

const OPTIONS = { seed: 7, days: 40, until: '2026-06-30' };
const CHECK_VIOLATION = '23514';

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closeAfterAll(() => client.end());
  return client;
}

/** All rows, with the places where they lie: a row that was written again lies elsewhere. */
async function stored(client: pg.Client): Promise<unknown[]> {
  const tables = ['users', 'items', 'purchases'];
  return Promise.all(
    tables.map(
      async (table) =>
        (await client.query(`select ctid, xmin, t.* from ${table} as t order by id`)).rows,
    ),
  );
}

describe('the shop database of the demo', () => {
  let url: string;
  let client: pg.Client;
  let expected: ExpectedSales;
  let simulated: ShopRows;

  beforeAll(async () => {
    const simulation = new ShopSimulation(OPTIONS);
    simulated = await shopRows(simulation);
    expected = simulation.expected();
  });

  beforeEach(async () => {
    url = await createTestDatabase();
    client = await connect(url);
  });

  it('adds up to what the simulation sold and gave back', async () => {
    const cents = (amount: string | null) => Math.round(Number(amount ?? 0) * 100);
    const totals = await createShopDatabase(url, OPTIONS);
    expect(totals).toMatchObject({
      orders: expected.orders,
      units: expected.units,
      grossSales: expected.grossSales,
    });
    // The simulation counts the goods alone; whole orders give tax and shipping back too.
    const extra = simulated.purchases
      .filter(({ status }) => status === 'cancelled' || status === 'refunded')
      .reduce((sum, row) => sum + cents(row.tax) + cents(row.shipping), 0);
    expect(cents(totals.refunded)).toBe(cents(expected.refunds) + extra);
    expect(extra).toBeGreaterThan(0);
  });

  it('holds every row as it was simulated', async () => {
    await createShopDatabase(url, OPTIONS);
    const isoTimes = (row: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          value instanceof Date ? value.toISOString() : value,
        ]),
      );
    const read = async (sql: string) =>
      (await client.query<Record<string, unknown>>(sql)).rows.map(isoTimes);
    expect(await read('select * from users order by created_at')).toEqual(simulated.users);
    expect(await read('select * from items order by id')).toEqual(simulated.items);
    expect(await read('select * from purchases order by id')).toEqual(
      simulated.purchases.map((row) => ({ ...row, id: String(row.id) })),
    );
  });

  it('is left as it is by another start', async () => {
    const first = await createShopDatabase(url, OPTIONS);
    const rows = await stored(client);
    expect(await createShopDatabase(url, OPTIONS)).toEqual(first);
    expect(await stored(client)).toEqual(rows);
  });

  it('keeps what its visitor changed, and counts it', async () => {
    const first = await createShopDatabase(url, OPTIONS);
    await client.query(
      `update purchases set quantity = quantity + 1, updated_at = now() where id = 1`,
    );
    await client.query('delete from purchases where order_number = $1', ['ORD-000002']);
    const again = await createShopDatabase(url, OPTIONS);
    expect(again.orders).toBe(first.orders - 1);
    expect(again.grossSales).not.toBe(first.grossSales);
  });

  it.each([
    ['seed', { ...OPTIONS, seed: 8 }],
    ['range', { ...OPTIONS, days: 39 }],
    ['last day', { ...OPTIONS, until: '2026-07-01' }],
  ])('refuses the rows of another %s', async (_, others) => {
    await createShopDatabase(url, OPTIONS);
    const rows = await stored(client);
    await expect(createShopDatabase(url, others)).rejects.toThrow(/another --data-dir/);
    expect(await stored(client)).toEqual(rows);
  });

  it('is filled wholly or not at all', async () => {
    // A table in the way of the last step: the rows of users and items must go with it.
    await client.query('create table purchases (id text primary key)');
    await expect(createShopDatabase(url, OPTIONS)).rejects.toThrow();
    const tables = await client.query(
      `select 1 from pg_tables where tablename in ('users', 'items')`,
    );
    expect(tables.rows).toEqual([]);
  });

  it('knows four states of a purchase and no fifth', async () => {
    await createShopDatabase(url, OPTIONS);
    const { rows } = await client.query<{ status: string }>(
      'select distinct status from purchases order by status',
    );
    expect(rows.map(({ status }) => status)).toEqual(['cancelled', 'paid', 'refunded']);
    await client.query(`update purchases set status = 'pending' where id = 1`);
    await expect(
      client.query(`update purchases set status = 'lost' where id = 1`),
    ).rejects.toMatchObject({ code: CHECK_VIOLATION });
  });

  it('has the indexes that its readers need', async () => {
    await createShopDatabase(url, OPTIONS);
    const { rows } = await client.query<{ on: string }>(
      `select substring(indexdef from 'USING btree (.*)') as "on", tablename from pg_indexes
       where tablename in ('users', 'items', 'purchases') and indexname !~ '_pkey$'
       order by tablename, indexname`,
    );
    expect(rows).toEqual([
      { tablename: 'items', on: '(updated_at, id)' },
      { tablename: 'purchases', on: '(order_number)' },
      { tablename: 'purchases', on: '(updated_at, id)' },
      { tablename: 'users', on: '(updated_at, id)' },
    ]);
  });
});

describe('ensureDatabase', () => {
  it('creates a database once, whatever its name', async () => {
    const adminUrl = await createTestDatabase();
    const client = await connect(adminUrl);
    const name = `shop "of" ${randomUUID()}`;
    closeAfterAll(async () => {
      const admin = new pg.Client({ connectionString: adminUrl });
      await admin.connect();
      await admin.query(`drop database if exists ${pg.escapeIdentifier(name)}`);
      await admin.end();
    });
    await ensureDatabase(adminUrl, name);
    const oid = async () =>
      (await client.query('select oid from pg_database where datname = $1', [name])).rows;
    const created = await oid();
    expect(created).toHaveLength(1);
    await ensureDatabase(adminUrl, name);
    expect(await oid()).toEqual(created);
  });
});
