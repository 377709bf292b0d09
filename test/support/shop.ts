/** A shop's own small database, and what its staff and customers do to it. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { closeAfterAll, createTestDatabase } from './stores.js';

const SCHEMA = readFileSync(new URL('../../src/cli/demo/oneshop.sql', import.meta.url), 'utf8');

export type ShopTable = 'users' | 'items' | 'purchases';

/** Amounts are in USD; what is left out is one unit of `mug` at 10 without anything added. */
export interface ShopLine {
  /** The row's key; the next free number unless given. */
  id?: number;
  item?: string;
  quantity?: number;
  price?: number;
  discount?: number;
  tax?: number;
  shipping?: number;
}

/** Times are ISO 8601. A row bears the time of its order unless `updatedAt` says otherwise. */
export interface ShopOrderGiven {
  at: string;
  updatedAt?: string;
  user?: string | null;
  status?: 'pending' | 'paid';
  lines?: ShopLine[];
}

/** Who works on the shop: one connection, and within it one transaction at a time. */
export class ShopSession {
  constructor(readonly client: pg.Client) {}

  async rows<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, values)).rows;
  }

  /** Sets columns of the rows of a table whose `column` is `value`; `updated_at` becomes now. */
  async edit(
    table: ShopTable,
    [column, value]: [string, unknown],
    changes: Record<string, unknown>,
  ): Promise<void> {
    const sets = Object.keys(changes).map((name, index) => `${name} = $${index + 2}`);
    const { rowCount } = await this.client.query(
      `update ${table} set ${['updated_at = now()', ...sets].join(', ')} where ${column} = $1`,
      [value, ...Object.values(changes)],
    );
    if (rowCount === 0) throw new Error(`${table} have no ${column} ${String(value)}.`);
  }

  /** Answers with the keys of the order's rows. */
  async place(order: string, given: ShopOrderGiven): Promise<number[]> {
    const { at, updatedAt = at, user = null, status = 'paid', lines = [{}] } = given;
    const ids: number[] = [];
    for (const line of lines) {
      const { item = 'mug', quantity = 1, price = 10, discount = 0, tax = 0, shipping = 0 } = line;
      const [row] = await this.rows<{ id: string }>(
        `insert into purchases values (
           coalesce($1, (select coalesce(max(id), 0) + 1 from purchases)),
           $2, $3, $4, $5, $6, $7, $8, $9, 'USD', $10, null, null, $11, $12
         ) returning id`,
        [
          ...[line.id ?? null, order, user, item, quantity, price, discount, tax, shipping],
          ...[status, at, updatedAt],
        ],
      );
      ids.push(Number(row!.id));
    }
    return ids;
  }

  pay(order: string): Promise<void> {
    return this.edit('purchases', ['order_number', order], { status: 'paid' });
  }

  cancel(order: string): Promise<void> {
    return this.edit('purchases', ['order_number', order], { status: 'cancelled' });
  }

  /** Gives back `amount` of one line, whole or in part. */
  refund(line: number, amount: number): Promise<void> {
    const changes = { refunded_amount: amount, refunded_at: new Date() };
    return this.edit('purchases', ['id', line], changes);
  }

  async delete(table: ShopTable, column: string, value: unknown): Promise<void> {
    const sql = `delete from ${table} where ${column} = $1`;
    const { rowCount } = await this.client.query(sql, [value]);
    if (rowCount === 0) throw new Error(`${table} have no ${column} ${String(value)}.`);
  }
}

export class TestShop extends ShopSession {
  constructor(
    readonly url: string,
    client: pg.Client,
  ) {
    super(client);
  }

  /** Another connection to the shop, to work at the same time. */
  async session(): Promise<ShopSession> {
    return new ShopSession(await connect(this.url));
  }

  async addUser(id: string, given: { email?: string; name?: string; at: string }): Promise<void> {
    const { email = `${id}@shop.example`, name = `Customer ${id}`, at } = given;
    const values = [id, email, name, 'DE', at];
    await this.client.query('insert into users values ($1, $2, $3, $4, $5, $5)', values);
  }

  async addItem(id: string, price: number, at: string): Promise<void> {
    await this.client.query(
      `insert into items values ($1, upper($1), initcap($1), 'Kitchen', 'Acme', $2, 'USD', $3)`,
      [id, price, at],
    );
  }

  /** A user who may read the shop's tables and nothing else; it is gone after the spec. */
  async addReader(name: string, password: string): Promise<void> {
    const role = pg.escapeIdentifier(name);
    await this.client.query(`drop role if exists ${role}`);
    await this.client.query(`create role ${role} login password ${pg.escapeLiteral(password)}`);
    closeAfterAll(async () => {
      await this.client.query(`drop owned by ${role}`);
      await this.client.query(`drop role ${role}`);
    });
    await this.client.query(`grant usage on schema public to ${role}`);
    await this.client.query(`grant select on all tables in schema public to ${role}`);
  }

  /** All rows as text, with where they lie, who wrote them and who locked them. */
  async dump(): Promise<Record<string, string[]>> {
    const tables = await this.rows<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
    );
    const dumped = tables.map(async ({ name }) => {
      const rows = await this.rows<{ row: string }>(
        `select (ctid, xmin, xmax, t.*)::text as row from ${name} as t order by ctid`,
      );
      return [name, rows.map(({ row }) => row)] as const;
    });
    return Object.fromEntries(await Promise.all(dumped));
  }
}

/** The tables of the demo's shop, empty, in a database that holds nothing else. */
export async function createTestShop(): Promise<TestShop> {
  const url = await createTestDatabase();
  const client = await connect(url);
  // Test databases are clones of the control database.
  await client.query('drop schema public cascade; create schema public');
  await client.query(SCHEMA);
  return new TestShop(url, client);
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closeAfterAll(() => client.end());
  return client;
}
