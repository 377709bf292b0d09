/**
 * The control database: keys, pipeline bookkeeping, vault. Opens DATABASE_URL, or the embedded
 * PostgreSQL when it is empty, and brings the schema up to date.
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { CreateControlTables1700000000000 } from '../../../migrations/control/1700000000000-create-control-tables.js';
import { CreateInstallation1700000001000 } from '../../../migrations/control/1700000001000-create-installation.js';
import { BindApiKeys1700000004000 } from '../../../migrations/control/1700000004000-bind-api-keys.js';
import { CreateReports1700000005000 } from '../../../migrations/control/1700000005000-create-reports.js';
import { CreateRunsAndQuality1700000006000 } from '../../../migrations/control/1700000006000-create-runs-and-quality.js';
import { CreateMonthBorders1700000015000 } from '../../../migrations/control/1700000015000-create-month-borders.js';
import { CreateAlerts1700000009000 } from '../../../migrations/control/1700000009000-create-alerts.js';
import { CreateRunRequests1700000014000 } from '../../../migrations/control/1700000014000-create-run-requests.js';
import { CreateRetentionFloors1700000010000 } from '../../../migrations/control/1700000010000-create-retention-floors.js';
import { CreateSourceTables1700000002000 } from '../../../migrations/control/1700000002000-create-source-tables.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { ApiKey } from './entities/api-key.entity.js';
import * as pipeline from './entities/pipeline.entities.js';
import * as quality from './entities/quality.entities.js';
import * as sources from './entities/source.entities.js';
import { VaultEntry } from './entities/vault-entry.entity.js';

const POOL_SIZE = 10;
const STATEMENT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
const GRACE_MS = 1_000;

const SOURCE_ENTITIES = [
  sources.Load,
  sources.RejectedSourceRow,
  sources.SourceCheckpoint,
  sources.Reconciliation,
  sources.AuditEntry,
];

/** The keys of PostgreSQL advisory locks, listed so that no two meanings share one. */
export const ADVISORY_LOCKS = {
  migrations: 7_246_001,
  pipelineLeader: 7_246_002,
  extraction: 7_246_003,
  alerts: 7_246_009,
} as const;

export class ControlDb {
  private constructor(
    readonly url: string,
    readonly dataSource: DataSource,
    private readonly embedded: EmbeddedPostgres | null,
  ) {}

  static async open(options: { databaseUrl?: string; dataDir: string }): Promise<ControlDb> {
    const embedded = options.databaseUrl ? null : await EmbeddedPostgres.start(options.dataDir);
    try {
      const url = options.databaseUrl ?? embedded!.url();
      if (embedded) await createDatabaseIfMissing(embedded);
      const dataSource = await createDataSource(url).initialize();
      return new ControlDb(url, dataSource, embedded);
    } catch (error) {
      await embedded?.stop();
      throw new Error(
        `The control database does not answer (${reasonOf(error)}). Check DATABASE_URL.`,
        { cause: error },
      );
    }
  }

  /**
   * The URL as it is, but that `postgres://embedded/NAME` is a database beside the embedded control
   * database, whose port is known only when it runs. The demo keeps its shop there.
   */
  resolve(url: string): string {
    const { hostname, pathname } = new URL(url);
    return hostname === 'embedded' && this.embedded ? this.embedded.url(pathname.slice(1)) : url;
  }

  /** The names of the migrations that this program has. */
  static knownMigrations(): string[] {
    const { migrations } = createDataSource('postgres://localhost/unopened').options;
    return (migrations as { name: string }[]).map(({ name }) => name);
  }

  /**
   * Applies the pending migrations; several processes may call this at once. With names only those,
   * for a database that is to become what an older program left.
   */
  async migrate(only?: readonly string[]): Promise<void> {
    const { migrations } = this.dataSource;
    if (only) {
      const wanted = migrations.filter((migration) => only.includes(migration.constructor.name));
      migrations.splice(0, migrations.length, ...wanted);
    }
    await this.withAdvisoryLock(ADVISORY_LOCKS.migrations, async () => {
      await this.dataSource.runMigrations({ transaction: 'each' });
    });
  }

  /** Runs `work` while no other process holds the lock; the lock has its own connection. */
  async withAdvisoryLock<T>(key: number, work: () => Promise<T>): Promise<T> {
    const client = await this.connectDirectly();
    try {
      await client.query('select pg_advisory_lock($1)', [key]);
      return await work();
    } finally {
      await client.end();
    }
  }

  /**
   * A connection outside the pool, for what must live as long as its holder. Without a timeout its
   * queries wait for their answer, however long it takes.
   */
  async connectDirectly(queryTimeoutMs?: number): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** {@link withAdvisoryLock} if nobody holds the lock; null if somebody does. */
  async tryAdvisoryLock<T>(key: number, work: () => Promise<T>): Promise<T | null> {
    const client = await this.connectDirectly();
    try {
      const { rows } = await client.query<{ is_held: boolean }>(
        'select pg_try_advisory_lock($1) as is_held',
        [key],
      );
      return rows[0]!.is_held ? await work() : null;
    } finally {
      await client.end();
    }
  }

  async ping(): Promise<void> {
    await this.dataSource.query('select 1');
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.embedded?.stop();
  }
}

function createDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [
      ApiKey,
      VaultEntry,
      ...Object.values(pipeline),
      ...Object.values(quality),
      ...SOURCE_ENTITIES,
    ],
    migrations: [
      CreateControlTables1700000000000,
      CreateInstallation1700000001000,
      CreateSourceTables1700000002000,
      BindApiKeys1700000004000,
      CreateReports1700000005000,
      CreateRunsAndQuality1700000006000,
      CreateAlerts1700000009000,
      CreateRunRequests1700000014000,
      CreateRetentionFloors1700000010000,
      CreateMonthBorders1700000015000,
    ],
    poolSize: POOL_SIZE,
    applicationName: 'cartograph',
    poolErrorHandler: () => undefined,
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      // The server's own limit cannot speak over a network that has gone silent.
      query_timeout: STATEMENT_TIMEOUT_MS + GRACE_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    },
  });
}

async function createDatabaseIfMissing(embedded: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client({ connectionString: embedded.url('postgres') });
  await client.connect();
  try {
    const found = await client.query(`select 1 from pg_database where datname = 'cartograph'`);
    if (found.rowCount === 0) await client.query('create database cartograph');
  } finally {
    await client.end();
  }
}

/** What went wrong, without the URL and its password. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: string }).code;
  if (code) return code;
  return error instanceof Error ? error.name : 'unknown error';
}
