/**
 * The reader of a shop's own PostgreSQL (12 or later, a standby as well, through a pooling proxy as
 * well): pages of rows as text, one short read-only transaction each and one at a time, tried again
 * when what failed may pass. It needs `select` on the tables and nothing else.
 */
import type { Cell } from '../rows.js';
import * as errors from './errors.js';
import { PatientClient, RETRIES, type RetryPolicy } from './patient-client.js';
import type { Answer } from './session.js';
import {
  HORIZON,
  listColumns,
  selectAll,
  selectInRange,
  selectKeys,
  selectMatching,
  selectSinceSnapshot,
  type ChangePosition,
  type Statement,
  type TableRead,
  type TimeRange,
  type TypeOf,
} from './statements.js';

export { RETRIES, type RetryPolicy } from './patient-client.js';
export { MAX_PAGE_ROWS, type ChangePosition, type TableRead } from './statements.js';

export interface Page<Position> {
  /** In the order of the wanted columns. */
  cells: Cell[][];
  /** The key of each row, as PostgreSQL prints it. */
  keys: string[];
  /** Where to go on; null at the end. */
  last: Position | null;
  /** The database's own clock, just before the page was read. */
  readAt: Date;
}

export interface Horizon {
  /** The database's own clock. */
  now: Date;
  /** Every transaction below this number is over, and visible if it was committed; 64 bits. */
  snapshotXmin: string;
}

export interface ShopDatabaseOptions {
  statementTimeoutMs?: number;
  connectTimeoutMs?: number;
  retries?: RetryPolicy;
}

const STATEMENT_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

type Columns = ReadonlyMap<string, { type: string; isReadable: boolean }>;

export class ShopDatabase {
  private readonly known = new Map<string, Columns>();

  private constructor(private readonly client: PatientClient) {}

  /** Connects with the first question, not here. */
  static async open(url: string, options: ShopDatabaseOptions = {}): Promise<ShopDatabase> {
    const limits = {
      statementTimeoutMs: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    };
    return new ShopDatabase(new PatientClient(url, limits, options.retries ?? RETRIES));
  }

  /** The type of every column of the table; source_mismatch if a wanted one is not there to read. */
  async describe(table: TableRead): Promise<Map<string, string>> {
    this.known.delete(table.table);
    const changedAt = table.changedAt === null ? [] : [table.changedAt];
    const columns = await this.columnsOf(table, changedAt);
    return new Map([...columns].map(([name, { type }]) => [name, type]));
  }

  /** Where the database stands now; taken before a read, it is where the next one goes on from. */
  async horizon(): Promise<Horizon> {
    const { rows, now } = await this.client.ask(HORIZON, null);
    return { now, snapshotXmin: rows[0]![0]! };
  }

  /** All rows by key, but those whose key is null. */
  readAll(table: TableRead, after: string | null, limit: number): Promise<Page<string>> {
    return this.byKey(table, limit, (typeOf) => selectAll(table, typeOf, after, limit));
  }

  /** Keys only, by key: what is not among them is deleted. */
  async readKeys(
    table: TableRead,
    after: string | null,
    limit: number,
  ): Promise<{ keys: string[]; last: string | null }> {
    const wanted = { ...table, columns: [] };
    const build = (typeOf: TypeOf) => selectKeys(wanted, typeOf, after, limit);
    const { keys, last } = await this.byKey(wanted, limit, build);
    return { keys, last };
  }

  /**
   * The rows that transactions wrote which were not over at a horizon's `snapshotXmin`, by key: no
   * row is lost to a late commit. The whole table is scanned. After 2^31 transactions a horizon is
   * too old to tell, and everything is to be read instead.
   */
  readSinceSnapshot(
    table: TableRead,
    xmin: string,
    after: string | null,
    limit: number,
  ): Promise<Page<string>> {
    const build = (typeOf: TypeOf) => selectSinceSnapshot(table, typeOf, xmin, after, limit);
    return this.byKey(table, limit, build);
  }

  /**
   * The rows with changedAt at or after `since`, by (changedAt, key). A row committed late bears an
   * earlier time: let `since` overlap by the longest transaction. Nulls are left to readAll.
   */
  async readChanged(
    table: TableRead,
    since: Date,
    after: ChangePosition | null,
    limit: number,
  ): Promise<Page<ChangePosition>> {
    if (table.changedAt === null) throw new Error(`${table.table} has no changedAt.`);
    return this.byTime(table, table.changedAt, { from: since, to: null }, { after, limit });
  }

  /** The rows whose column lies in [from, to), by (column, key). */
  readBetween(
    table: TableRead,
    column: string,
    from: Date,
    to: Date,
    after: ChangePosition | null,
    limit: number,
  ): Promise<Page<ChangePosition>> {
    return this.byTime(table, column, { from, to }, { after, limit });
  }

  /** The rows whose column holds one of these values, by key; such as the lines of some orders. */
  async readMatching(
    table: TableRead,
    column: string,
    values: readonly string[],
    after: string | null,
    limit: number,
  ): Promise<Page<string>> {
    const { rows, now } = await this.read(table, [column], (typeOf) =>
      selectMatching(table, typeOf, column, values, { after, limit }),
    );
    const keys = takeLastColumn(rows);
    const last = rows.length < limit ? null : keys.at(-1)!;
    return { cells: rows, keys, last, readAt: now };
  }

  /** What is being read fails at once; no socket and no timer remains. */
  close(): Promise<void> {
    return this.client.close();
  }

  private async byKey(
    table: TableRead,
    limit: number,
    build: (typeOf: TypeOf) => Statement,
  ): Promise<Page<string>> {
    const { rows, now } = await this.read(table, [], build);
    const keys = takeLastColumn(rows);
    const last = rows.length < limit ? null : keys.at(-1)!;
    return { cells: rows, keys, last, readAt: now };
  }

  private async byTime(
    table: TableRead,
    column: string,
    range: TimeRange,
    page: { after: ChangePosition | null; limit: number },
  ): Promise<Page<ChangePosition>> {
    const { rows, now } = await this.read(table, [column], (typeOf) =>
      selectInRange(table, typeOf, column, range, page),
    );
    const keys = takeLastColumn(rows);
    const times = takeLastColumn(rows);
    const isEnd = rows.length < page.limit;
    const last = isEnd ? null : { changedAt: times.at(-1)!, key: keys.at(-1)! };
    return { cells: rows, keys, last, readAt: now };
  }

  private async read(
    table: TableRead,
    others: readonly string[],
    build: (typeOf: TypeOf) => Statement,
  ): Promise<Answer> {
    const columns = await this.columnsOf(table, others);
    try {
      return await this.client.ask(
        build((name) => columns.get(name)!.type),
        table.table,
      );
    } catch (error) {
      // The table may have been altered since it was looked up; the look-up names what is missing.
      this.known.delete(table.table);
      if (errors.isUndefinedColumn(error)) await this.columnsOf(table, others);
      throw error;
    }
  }

  private async columnsOf(table: TableRead, others: readonly string[]): Promise<Columns> {
    const name = table.table;
    const columns = this.known.get(name) ?? (await this.lookUp(name));
    // What does not serve is looked up again the next time; the shop may have been altered by then.
    this.known.delete(name);
    requireReadable(name, columns, [...table.columns, table.key, ...others]);
    this.known.set(name, columns);
    return columns;
  }

  private async lookUp(table: string): Promise<Columns> {
    const { rows } = await this.client.ask(listColumns(table), table);
    return new Map(
      rows.map(([name, type, may]) => [name!, { type: type!, isReadable: may === 't' }]),
    );
  }
}

function requireReadable(table: string, columns: Columns, wanted: readonly string[]): void {
  if (columns.size === 0) throw errors.noSuchTable(table);
  const missing = [...new Set(wanted)].filter((name) => !columns.has(name));
  if (missing.length > 0) throw errors.noSuchColumns(table, missing, [...columns.keys()]);
  const closed = [...new Set(wanted)].filter((name) => !columns.get(name)!.isReadable);
  if (closed.length > 0) throw errors.mayNotRead(table, closed);
}

/** The statements put what a page needs for itself behind the wanted columns. */
function takeLastColumn(rows: Cell[][]): string[] {
  return rows.map((row) => row.pop()!);
}
