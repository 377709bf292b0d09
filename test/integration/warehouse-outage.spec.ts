/** A warehouse that cannot be reached is told from one that refuses, and is found again. */
import { isEngineError, Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp, type ClickHouseHttp } from '../support/clickhouse-http/start.js';
import { builtFile, runUntilReadyThenKill } from '../support/killed-service.js';
import { closeAfterAll, temporaryFolder } from '../support/stores.js';

describe('a warehouse behind a URL', () => {
  let server: ClickHouseHttp;
  let warehouse: Warehouse;

  beforeAll(async () => {
    server = await startClickHouseHttp();
    closeAfterAll(() => server.stop());
    warehouse = await open(server.url);
    closeAfterAll(() => warehouse.close());
    await warehouse.command(
      'pipeline',
      'create table kept (a UInt8) engine = MergeTree order by a',
    );
  });

  const open = (clickhouseUrl: string) =>
    Warehouse.open({ clickhouseUrl, dataDir: temporaryFolder(), memoryMb: 800 });

  afterEach(() => server.fault('up'));

  it('that is down is store_unavailable for every call, and works again without reopening', async () => {
    await server.fault('down');
    const calls = [
      () => warehouse.query('reader', 'select 1'),
      () => warehouse.command('pipeline', 'select 1'),
      () => warehouse.insertLines('kept', ['a'], ['{"a":1}']),
      () => warehouse.ping(),
    ];
    for (const call of calls) {
      const error = await call().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: 'CodedError', code: 'store_unavailable' });
      expect(isEngineError(error)).toBe(false);
    }
    await server.fault('up');
    await warehouse.insertLines('kept', ['a'], ['{"a":2}']);
    expect(await warehouse.query('reader', 'select a from kept')).toEqual([{ a: 2 }]);
  });

  it('that loses an answer after the work is store_unavailable, never a success', async () => {
    await server.fault('drop-after-execute');
    await expect(warehouse.insertLines('kept', ['a'], ['{"a":3}'])).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });

  it('that is not there stops the start, with the variable’s name and without the password', async () => {
    const { port } = new URL(server.url);
    const free = `http://user:hunter2@127.0.0.1:${Number(port) === 1 ? 2 : 1}`;
    const error = await open(free).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain('CLICKHOUSE_URL');
    expect((error as Error).message).not.toContain('hunter2');
  });
});

/** Inserts three times and says so only when the last insert was acknowledged. */
const WRITER = `
  const { Warehouse } = await import('${builtFile('platform/warehouse/warehouse.js')}');
  const { migrateWarehouse } = await import('${builtFile('platform/warehouse/migrate.js')}');
  const warehouse = await Warehouse.open({ dataDir: process.argv.at(-1), memoryMb: 800 });
  await migrateWarehouse(warehouse);
  for (const id of ['a', 'b', 'c']) {
    await warehouse.insertLines('bronze.events', ['message_id'], [JSON.stringify({ message_id: id })]);
  }
  console.log('acknowledged');
`;

describe('a warehouse in this process', () => {
  it('keeps what it acknowledged though the service is killed right after', async () => {
    const dataDir = temporaryFolder();
    await runUntilReadyThenKill(WRITER, dataDir);
    const warehouse = await Warehouse.open({ dataDir, memoryMb: 800 });
    closeAfterAll(() => warehouse.close());
    const sql =
      'select groupArray(message_id) as ids from (select * from bronze.events order by message_id)';
    expect(await warehouse.queryOne('reader', sql)).toEqual({ ids: ['a', 'b', 'c'] });
  });
});
