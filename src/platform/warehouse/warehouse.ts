/**
 * The warehouse client: one dialect, `@clickhouse/client` the only client. This file chooses chDB
 * (in process) or a ClickHouse URL; nothing outside this folder knows which. Everybody who reads
 * or writes a warehouse table goes through it.
 *
 * Law: no statement carries settings of its own through the client. Over chDB they would become
 * SET and outlive the call. What varies stands in the statement's `settings` clause; what never
 * varies is given once a connection, alike for both engines but for memory (connections.ts).
 */
import { resolve } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { CodedError } from '../../contracts/errors.js';
import type { Role } from './connections.js';
import { openEmbeddedEngine } from './embedded-engine.js';
import { openUrlEngine } from './url-engine.js';

export type Parameter = string | number | boolean | null | Date | Parameter[];
export type StatementParameters = Record<string, Parameter>;

export interface WarehouseOptions {
  clickhouseUrl?: string;
  dataDir: string;
  /** The limit of the embedded engine. */
  memoryMb: number;
}

export class Warehouse {
  /** Statements under way on each connection. */
  private readonly inFlight = new Map<ClickHouseClient, number>();

  private constructor(
    private readonly clients: Record<Role, ClickHouseClient[]>,
    private readonly closeEngine: () => Promise<void>,
  ) {}

  static async open(options: WarehouseOptions): Promise<Warehouse> {
    const engine = options.clickhouseUrl
      ? openUrlEngine(options.clickhouseUrl)
      : await openEmbeddedEngine(resolve(options.dataDir, 'warehouse'), options.memoryMb);
    const warehouse = new Warehouse(engine.clients, engine.close);
    try {
      await warehouse.ping();
    } catch (error) {
      await warehouse.close();
      throw new Error(
        options.clickhouseUrl
          ? 'The warehouse does not answer. Check CLICKHOUSE_URL.'
          : `The embedded warehouse in ${resolve(options.dataDir, 'warehouse')} does not answer.`,
        { cause: error },
      );
    }
    return warehouse;
  }

  /** Rows of a statement; 64-bit integers and decimals arrive as strings. */
  async query<Row>(role: Role, sql: string, parameters: StatementParameters = {}): Promise<Row[]> {
    return this.withClient(role, async (client) => {
      const result = await client.query({
        query: sql,
        query_params: bind(parameters),
        format: 'JSONEachRow',
      });
      return result.json<Row>();
    });
  }

  /** The first row of a statement that always answers with one. */
  async queryOne<Row>(role: Role, sql: string, parameters: StatementParameters = {}): Promise<Row> {
    const [row] = await this.query<Row>(role, sql, parameters);
    if (row === undefined) throw new Error('The statement answered with no row.');
    return row;
  }

  /** A statement without an answer. */
  async command(role: Role, sql: string, parameters: StatementParameters = {}): Promise<void> {
    await this.withClient(role, (client) =>
      client.command({ query: sql, query_params: bind(parameters) }),
    );
  }

  /**
   * Inserts rows that are already lines of JSON, without the line end: one object each, or one array
   * each in the order of the columns.
   */
  async insertLines(table: string, columns: readonly string[], lines: string[]): Promise<void> {
    const format = lines[0]?.startsWith('[') ? 'JSONCompactEachRow' : 'JSONEachRow';
    const head = `insert into ${table} (${columns.join(', ')}) format ${format}`;
    // In the statement itself: as a stream the embedded engine would gather it into a text again.
    const query = `${head}\n${lines.join('\n')}`;
    await this.withClient('writer', (client) => client.command({ query }));
  }

  /** Asks on a connection of its own, since a store that is busy with slow reads is not down. */
  async ping(): Promise<void> {
    await this.query('health', 'select 1');
  }

  async close(): Promise<void> {
    const all = Object.values(this.clients).flat();
    await Promise.all(all.map((client) => client.close()));
    await this.closeEngine();
  }

  /** Runs `work` on the role's least busy connection, so that a slow read holds up no other. */
  private async withClient<T>(
    role: Role,
    work: (client: ClickHouseClient) => Promise<T>,
  ): Promise<T> {
    const load = (client: ClickHouseClient) => this.inFlight.get(client) ?? 0;
    const client = this.clients[role].reduce((a, b) => (load(b) < load(a) ? b : a));
    this.inFlight.set(client, load(client) + 1);
    try {
      return await work(client);
    } catch (error) {
      throw translate(error);
    } finally {
      this.inFlight.set(client, load(client) - 1);
    }
  }
}

/** The engine's refusal of what was asked: its number and name, e.g. 41, CANNOT_PARSE_DATETIME. */
export interface EngineError extends Error {
  code: string;
  type: string;
}

/**
 * Tells a refusal from an engine that cannot be reached. By shape, since the embedded connection
 * raises the error class of its own copy of the client library.
 */
export function isEngineError(error: unknown): error is EngineError {
  if (!(error instanceof Error)) return false;
  const { code, type } = error as Partial<EngineError>;
  return typeof type === 'string' && typeof code === 'string' && /^\d+$/.test(code);
}

const TIMEOUT_EXCEEDED = '159';

function translate(error: unknown): unknown {
  if (isEngineError(error)) {
    if (error.code !== TIMEOUT_EXCEEDED) return error;
    return new CodedError('query_timeout', 'The warehouse stopped the query.', { cause: error });
  }
  return new CodedError('store_unavailable', 'The warehouse does not answer.', { cause: error });
}

function bind(parameters: StatementParameters): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, bindValue(value)]),
  );
}

/** Instants go as UTC text with milliseconds, which both engines read alike. */
function bindValue(value: Parameter): unknown {
  if (Array.isArray(value)) return value.map(bindValue);
  return value instanceof Date ? toEngineInstant(value) : value;
}

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, as DateTime64(3, 'UTC') reads and writes it. */
export function toEngineInstant(instant: Date): string {
  const text = instant.toISOString();
  return `${text.slice(0, -14)} ${text.slice(-13, -1)}`;
}

/** The inverse of {@link toEngineInstant}. */
export function fromEngineInstant(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}
