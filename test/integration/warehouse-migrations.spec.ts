/** Migrations of the warehouse: once, in order, by one process at a time, whole after a crash. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADVISORY_LOCKS, type ControlDb } from '../../src/platform/control-db/control-db.js';
import { migrateWarehouse, MIGRATIONS_DIRECTORY } from '../../src/platform/warehouse/migrate.js';
import { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp } from '../support/clickhouse-http/start.js';
import { closeAfterAll, openTestControlDb, temporaryFolder } from '../support/stores.js';

const FIRST = `-- A comment; with a semicolon.
create database if not exists shop;
create table if not exists shop.one (a UInt8) engine = MergeTree order by a;
`;
const SECOND = 'create table if not exists shop.two (a UInt8) engine = MergeTree order by a;\n';

describe('warehouse migrations', () => {
  let warehouse: Warehouse;
  let second: Warehouse;
  let controlDb: ControlDb;

  beforeAll(async () => {
    const server = await startClickHouseHttp();
    closeAfterAll(() => server.stop());
    const open = async () => {
      const options = { clickhouseUrl: server.url, dataDir: temporaryFolder(), memoryMb: 800 };
      const opened = await Warehouse.open(options);
      closeAfterAll(() => opened.close());
      return opened;
    };
    warehouse = await open();
    second = await open();
    controlDb = await openTestControlDb();
  });

  beforeEach(async () => {
    await warehouse.command('pipeline', 'drop database if exists shop sync');
    await warehouse.command('pipeline', 'drop database if exists operations sync');
  });

  function directoryOf(files: Record<string, string>): string {
    const directory = join(temporaryFolder(), 'migrations');
    mkdirSync(directory);
    for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql);
    return directory;
  }

  const ledger = () =>
    warehouse.query<{ version: number; name: string; checksum: string }>(
      'reader',
      'select version, name, checksum from operations.schema_migrations order by version',
    );

  const tables = async () =>
    (
      await warehouse.query<{ name: string }>(
        'reader',
        `select name from system.tables where database = 'shop' order by name`,
      )
    ).map(({ name }) => name);

  it('are applied in order of their numbers and recorded with their checksums', async () => {
    const directory = directoryOf({ '002_two.sql': SECOND, '001_one.sql': FIRST });
    expect(await migrateWarehouse(warehouse, directory)).toEqual(['001_one.sql', '002_two.sql']);
    expect(await tables()).toEqual(['one', 'two']);
    const sha256 = (sql: string) => createHash('sha256').update(sql).digest('hex');
    expect(await ledger()).toEqual([
      { version: 1, name: '001_one.sql', checksum: sha256(FIRST) },
      { version: 2, name: '002_two.sql', checksum: sha256(SECOND) },
    ]);
  });

  it('are applied once, and a new one alone', async () => {
    const directory = directoryOf({ '001_one.sql': FIRST });
    await migrateWarehouse(warehouse, directory);
    expect(await migrateWarehouse(warehouse, directory)).toEqual([]);
    writeFileSync(join(directory, '002_two.sql'), SECOND);
    expect(await migrateWarehouse(warehouse, directory)).toEqual(['002_two.sql']);
    expect(await ledger()).toHaveLength(2);
  });

  it('of two processes that start at once are one application', async () => {
    const files = { '001_one.sql': FIRST, '002_two.sql': SECOND };
    const directory = directoryOf(files);
    const applied = await Promise.all(
      [warehouse, second].map((each) =>
        controlDb.withAdvisoryLock(ADVISORY_LOCKS.migrations, () =>
          migrateWarehouse(each, directory),
        ),
      ),
    );
    expect(applied.map(({ length }) => length).sort()).toEqual([0, 2]);
    expect(await ledger()).toHaveLength(2);
  });

  it('refuse a file changed after it was applied, and apply nothing', async () => {
    const directory = directoryOf({ '001_one.sql': FIRST });
    await migrateWarehouse(warehouse, directory);
    writeFileSync(join(directory, '001_one.sql'), `${FIRST}-- changed\n`);
    writeFileSync(join(directory, '002_two.sql'), SECOND);
    await expect(migrateWarehouse(warehouse, directory)).rejects.toThrow(
      /001_one\.sql was changed.*Restore the file/s,
    );
    expect(await tables()).toEqual(['one']);
  });

  it('refuse a schema newer than this program, and say what to do', async () => {
    await migrateWarehouse(warehouse, directoryOf({ '001_one.sql': FIRST, '002_two.sql': SECOND }));
    const older = directoryOf({ '001_one.sql': FIRST });
    await expect(migrateWarehouse(warehouse, older)).rejects.toThrow(
      /002_two\.sql.*Start the newer version/s,
    );
  });

  it('refuse two files of one number before anything is applied', async () => {
    const directory = directoryOf({ '001_one.sql': FIRST, '001_two.sql': SECOND });
    await expect(migrateWarehouse(warehouse, directory)).rejects.toThrow(
      /001_one\.sql and 001_two\.sql/,
    );
    expect(await tables()).toEqual([]);
  });

  it('cut short by a crash are completed', async () => {
    await warehouse.command('pipeline', 'create database shop');
    const cut = directoryOf({ '001_one.sql': `${FIRST}select throwIf(1);\n` });
    await expect(migrateWarehouse(warehouse, cut)).rejects.toMatchObject({ code: '395' });
    expect(await tables()).toEqual(['one']);
    expect(await ledger()).toEqual([]);
    const whole = directoryOf({ '001_one.sql': FIRST + SECOND });
    expect(await migrateWarehouse(warehouse, whole)).toEqual(['001_one.sql']);
    expect(await tables()).toEqual(['one', 'two']);
  });

  it('of this product can each be cut short anywhere and applied again', async () => {
    const applied = await migrateWarehouse(warehouse, MIGRATIONS_DIRECTORY);
    await warehouse.command('pipeline', 'truncate table operations.schema_migrations');
    expect(applied.length).toBeGreaterThan(0);
    expect(await migrateWarehouse(warehouse, MIGRATIONS_DIRECTORY)).toEqual(applied);
  });
});
