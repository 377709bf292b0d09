/** The warehouse in this process: chDB on a folder of its own. */
import { mkdirSync } from 'node:fs';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { formatQueryParams } from '@clickhouse/client-common';
import {
  CONNECTIONS,
  memorySettings,
  sessionSettings,
  type Engine,
  type Role,
} from './connections.js';

const MARK_CACHE_BYTES = 64 * 1024 * 1024;
const MAX_QUERY_BYTES = 4 * 1024 * 1024;

/** chdb is typed against another minor version of the client's common package. */
type InjectedConnection = NonNullable<
  NonNullable<Parameters<typeof createClient>[0]>['connection']
>;

interface Statement {
  query: string;
  query_params?: Record<string, unknown>;
}

export async function openEmbeddedEngine(path: string, memoryMb: number): Promise<Engine> {
  const { chdb, connection } = await loadChdb();
  mkdirSync(path, { recursive: true });
  // The first session fixes the engine's arguments; the later ones join it on the same path.
  const engine = new chdb.Session(path, {
    connectionArgs: [
      `--max_server_memory_usage=${memoryMb * 1024 * 1024}`,
      `--mark_cache_size=${MARK_CACHE_BYTES}`,
      '--database_atomic_delay_before_drop_table_sec=0',
    ],
  });
  const connect = async (role: Role): Promise<ClickHouseClient> => {
    const raw = connection.createChdbConnection({ path }) as unknown as InjectedConnection;
    const client = createClient({ connection: bindBySet(inTurn(raw)) });
    const settings = {
      ...sessionSettings(role),
      ...memorySettings(memoryMb),
      max_query_size: MAX_QUERY_BYTES,
    };
    const list = Object.entries(settings).map(([name, value]) => `${name} = ${literal(value)}`);
    await client.command({ query: `set ${list.join(', ')}` });
    return client;
  };
  const pool = (role: Role) =>
    Promise.all(Array.from({ length: CONNECTIONS[role] }, () => connect(role)));
  const clients = {
    writer: await pool('writer'),
    reader: await pool('reader'),
    pipeline: await pool('pipeline'),
    health: await pool('health'),
  };
  const close = async () => {
    engine.close();
    await chdb.drainPending();
  };
  return { clients, close };
}

/**
 * Hands a connection one statement at a time. Each one waiting inside chDB would hold a thread of
 * the process's pool, and enough slow reads would leave none to the writer and to the files.
 */
function inTurn(connection: InjectedConnection): InjectedConnection {
  let last: Promise<unknown> = Promise.resolve();
  return new Proxy(connection, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const call = () => Reflect.apply(member, target, given) as unknown;
        if (property === 'close') return call();
        const turn = last.then(call);
        last = turn.catch(() => undefined);
        return turn;
      };
    },
  });
}

/**
 * Binds parameters by `set param_x` in the same call as the statement. chDB's own binder runs all
 * bound statements of the process one after another, so one slow read would hold up every other.
 * What is set outlives the call, so it is set under another name: a later statement that lacks the
 * parameter is refused, instead of reading an old value.
 */
function bindBySet(connection: InjectedConnection): InjectedConnection {
  const bound = <T extends Statement>({ query, query_params: parameters = {}, ...rest }: T) => {
    const list = Object.entries(parameters).map(
      ([name, value]) => `param_bound_${name} = ${literal(formatQueryParams({ value }))}`,
    );
    if (list.length === 0) return { ...rest, query };
    const renamed = query.replace(/\{\s*(\w+)\s*:/g, (placeholder, name: string) =>
      Object.hasOwn(parameters, name) ? `{bound_${name}:` : placeholder,
    );
    return { ...rest, query: `set ${list.join(', ')}; ${renamed}` };
  };
  return new Proxy(connection, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const isBound = property === 'query' || property === 'command';
      return (statement: Statement, ...others: unknown[]) =>
        Reflect.apply(member, target, [isBound ? bound(statement) : statement, ...others]);
    },
  });
}

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function literal(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return `'${value.replace(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPES[character]!)}'`;
}

async function loadChdb() {
  try {
    return { chdb: await import('chdb'), connection: await import('chdb/connection') };
  } catch (error) {
    throw new Error(
      'The embedded warehouse (chdb) is not installed. ' +
        'Install the optional dependencies with `npm ci`, or set CLICKHOUSE_URL.',
      { cause: error },
    );
  }
}
