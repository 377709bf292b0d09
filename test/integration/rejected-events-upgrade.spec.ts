/** Rejected events of the version before they had ids: each gets one that stays. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS_DIRECTORY, migrateWarehouse } from '../../src/platform/warehouse/migrate.js';
import { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { closeAfterAll, temporaryFolder } from '../support/stores.js';

const FIRST_WITH_IDS = 5;

describe('rejected events from before they had ids', () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    const dataDir = temporaryFolder();
    warehouse = await Warehouse.open({ dataDir, memoryMb: 800 });
    closeAfterAll(() => warehouse.close());
    const before = join(dataDir, 'migrations');
    mkdirSync(before);
    for (const name of readdirSync(MIGRATIONS_DIRECTORY)) {
      if (Number.parseInt(name, 10) < FIRST_WITH_IDS) {
        cpSync(join(MIGRATIONS_DIRECTORY, name), join(before, name));
      }
    }
    await migrateWarehouse(warehouse, before);
    for (const payload of ['{"a":1}', '{"a":2}']) {
      await warehouse.command(
        'writer',
        `insert into bronze.rejected_events
           (source, message_id, event, received_at, contract, reasons, payload)
         values ('web', 'm', 'page', '2026-02-03 04:05:06.789', 'page', '[]', {payload:String})`,
        { payload },
      );
    }
    await migrateWarehouse(warehouse);
  });

  const read = () =>
    warehouse.query<{ rejection_id: string; facts: string }>(
      'reader',
      'select rejection_id, facts from bronze.rejected_events order by payload',
    );

  it('have one each, the same however often it is read, and no facts', async () => {
    const first = await read();
    expect(first.map(({ facts }) => facts)).toEqual(['', '']);
    expect(new Set(first.map(({ rejection_id: id }) => id)).size).toBe(2);
    for (const { rejection_id: id } of first) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await read()).toEqual(first);
  });

  it('keep it when the engine merges their parts', async () => {
    const first = await read();
    await warehouse.command('pipeline', 'optimize table bronze.rejected_events final');
    expect(await read()).toEqual(first);
  });
});
