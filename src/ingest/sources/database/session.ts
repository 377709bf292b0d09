/**
 * One connection to the shop's database. Each statement is a read-only transaction of its own with
 * every limit set inside it: nothing outlives the transaction, so that a pooling proxy can hand the
 * server's session to the shop's own clients next. Only patient-client.ts may import this.
 */
import pg from 'pg';
import type { Cell } from '../rows.js';
import { asLoginError, unreadableUrl } from './errors.js';
import type { Statement } from './statements.js';

export interface SessionLimits {
  connectTimeoutMs: number;
  statementTimeoutMs: number;
}

/** What a statement found; `now` is the database's clock just before it. */
export interface Answer {
  rows: Cell[][];
  now: Date;
}

const LOCK_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const GOODBYE_TIMEOUT_MS = 1_000;
/** The server's own limit cannot speak over a network that has gone silent. */
const GRACE_MS = 1_000;

const AS_TEXT = { getTypeParser: () => (value: string) => value };

interface TimedQuery extends pg.QueryArrayConfig {
  query_timeout: number;
}

export class Session {
  private readonly client: pg.Client;
  private connected: Promise<unknown> | null = null;
  private isLost = false;

  constructor(
    url: string,
    private readonly limits: SessionLimits,
  ) {
    this.client = createClient(url, limits);
    this.client.on('error', () => {
      this.isLost = true;
    });
  }

  get isUsable(): boolean {
    return !this.isLost;
  }

  async answer(statement: Statement): Promise<Answer> {
    const { connectTimeoutMs, statementTimeoutMs } = this.limits;
    await this.connect();
    const [clock] = await this.send(beginText(statementTimeoutMs), [], connectTimeoutMs);
    const { text, values } = statement;
    const rows = await this.send(text, values, statementTimeoutMs + GRACE_MS);
    await this.send('commit', [], connectTimeoutMs);
    return { rows, now: new Date(Number(clock![0])) };
  }

  /** Breaks the connection off; what waits for an answer fails at once. */
  cut(): void {
    this.isLost = true;
    this.client.connection.stream.destroy(new Error('Connection terminated'));
  }

  async end(): Promise<void> {
    const timer = setTimeout(() => this.cut(), GOODBYE_TIMEOUT_MS);
    try {
      await this.client.end();
    } finally {
      clearTimeout(timer);
    }
  }

  private async connect(): Promise<void> {
    this.connected ??= this.client.connect();
    try {
      await this.connected;
    } catch (error) {
      throw asLoginError(error);
    }
  }

  private async send(
    text: string,
    values: readonly string[],
    timeoutMs: number,
  ): Promise<Cell[][]> {
    const query: TimedQuery = {
      text,
      values: [...values],
      rowMode: 'array',
      types: AS_TEXT,
      query_timeout: timeoutMs,
    };
    const result: pg.QueryArrayResult<Cell[]> | pg.QueryArrayResult<Cell[]>[] =
      await this.client.query<Cell[]>(query);
    // A text of several statements is answered by as many results; the last one has the rows.
    return (Array.isArray(result) ? result.at(-1)! : result).rows;
  }
}

function createClient(url: string, limits: SessionLimits): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      // Of what may be said at the start of a connection, a pooling proxy takes no more than this.
      fallback_application_name: 'cartograph',
      connectionTimeoutMillis: limits.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    });
  } catch {
    // The cause may quote the URL.
    throw unreadableUrl();
  }
}

/**
 * Read committed, because a standby refuses a stricter default; no parallel workers, because the
 * shop's processors are the shop's. The rest makes text the same whatever the server's defaults.
 */
function beginText(statementTimeoutMs: number): string {
  return `
    begin isolation level read committed read only;
    set local statement_timeout = ${statementTimeoutMs};
    set local lock_timeout = ${LOCK_TIMEOUT_MS};
    set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS};
    set local max_parallel_workers_per_gather = 0;
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local extra_float_digits = 1;
    set local bytea_output = 'hex';
    set local client_encoding = 'UTF8';
    select floor(extract(epoch from clock_timestamp()) * 1000)`;
}
