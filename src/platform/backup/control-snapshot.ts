/**
 * The control database as it was at one instant: a read-only snapshot on a connection of its own,
 * read in pages while everything goes on. Rows are lines of JSON, so that an older backup can be
 * put into tables that have got columns since.
 */
import type pg from 'pg';
import type { ControlDb } from '../control-db/control-db.js';
import type { ControlTable } from './manifest.js';

const PAGE_ROWS = 200;

/** What makes a row read the same on every server. */
export const SAME_TEXT = `set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 1`;

export class ControlSnapshot {
  private constructor(private readonly client: pg.Client) {}

  static async open(controlDb: ControlDb): Promise<ControlSnapshot> {
    const client = await controlDb.connectDirectly();
    try {
      await client.query(SAME_TEXT);
      await client.query('begin isolation level repeatable read read only');
      // The snapshot is taken by the first statement that reads, not by `begin`.
      await client.query('select count(*) from migrations');
      return new ControlSnapshot(client);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  async migrations(): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      'select name from migrations order by id',
    );
    return rows.map(({ name }) => name);
  }

  async tables(): Promise<string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    );
    return rows.map(({ name }) => name);
  }

  /** How far each sequence is; not part of the snapshot, and so never behind it. */
  async sequences(): Promise<Record<string, string>> {
    const { rows } = await this.client.query<{ name: string; value: string | null }>(
      `select sequencename as name, last_value as value from pg_sequences
       where schemaname = 'public'`,
    );
    return Object.fromEntries(rows.flatMap(({ name, value }) => (value ? [[name, value]] : [])));
  }

  summary(table: string): Promise<ControlTable> {
    return summariseTable(this.client, table);
  }

  /** The rows of a table, a page at a time. */
  async *pages(table: string): AsyncGenerator<string[]> {
    const name = this.client.escapeIdentifier(table);
    await this.client.query(
      `declare page no scroll cursor for select row_to_json(t)::text as line from ${name} as t`,
    );
    for (;;) {
      const { rows } = await this.client.query<{ line: string }>(`fetch ${PAGE_ROWS} from page`);
      if (rows.length === 0) break;
      yield rows.map(({ line }) => line);
    }
    await this.client.query('close page');
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

/** Rows and checksum of a table. */
export async function summariseTable(client: pg.Client, table: string): Promise<ControlTable> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select count(*) as rows,
       coalesce(sum(hashtextextended(row_to_json(t)::text, 0)), 0)::text as checksum
     from ${client.escapeIdentifier(table)} as t`,
  );
  return { rows: Number(rows[0]!.rows), checksum: rows[0]!.checksum };
}
