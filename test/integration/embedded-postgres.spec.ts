/** The embedded PostgreSQL: started, restarted, found again after a kill, and gone when closed. */
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ControlDb } from '../../src/platform/control-db/control-db.js';
import { builtFile, runUntilReadyThenKill } from '../support/killed-service.js';
import { requireOrSkip } from '../support/optional.js';
import { processesNaming } from '../support/processes.js';
import { closeAfterAll, temporaryFolder } from '../support/stores.js';

/** A service that opened its control database and then does nothing but live. */
const SERVICE = `
  const { ControlDb } = await import('${builtFile('platform/control-db/control-db.js')}');
  const controlDb = await ControlDb.open({ dataDir: process.argv.at(-1) });
  await controlDb.migrate();
  await controlDb.dataSource.query("insert into leader_epochs (instance, acquired_at) values ('child', now())");
  console.log('ready');
`;

async function countEpochs(controlDb: ControlDb): Promise<number> {
  const rows = await controlDb.dataSource.query<{ n: number }[]>(
    'select count(*)::integer as n from leader_epochs',
  );
  return rows[0]!.n;
}

function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

describe('the embedded PostgreSQL', () => {
  it('starts in an empty folder, keeps its data over a restart, and leaves no process', async () => {
    const dataDir = temporaryFolder();
    const first = await ControlDb.open({ dataDir });
    await first.migrate();
    await first.dataSource.query(
      `insert into leader_epochs (instance, acquired_at) values ('first', now())`,
    );
    expect(processesNaming(dataDir)).toContain(postmasterOf(dataDir));
    await first.close();
    expect(processesNaming(dataDir)).toEqual([]);
    const second = await ControlDb.open({ dataDir });
    closeAfterAll(() => second.close());
    await second.migrate();
    expect(await countEpochs(second)).toBe(1);
    await second.close();
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('stops an orphan of a killed service and starts with its data', async () => {
    const dataDir = temporaryFolder();
    await runUntilReadyThenKill(SERVICE, dataDir);
    const orphan = postmasterOf(dataDir);
    expect(processesNaming(dataDir)).toContain(orphan);

    const controlDb = await ControlDb.open({ dataDir });
    closeAfterAll(() => controlDb.close());
    expect(processesNaming(dataDir)).not.toContain(orphan);
    expect(await countEpochs(controlDb)).toBe(1);
    await controlDb.close();
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('below a closed folder names the folder and what to do', async () => {
    const isRoot = userInfo().uid === 0;
    if (!requireOrSkip('embedded-postgres.spec (closed folder)', isRoot, 'not root')) return;
    const closed = join(temporaryFolder(), 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const dataDir = join(closed, 'data');
    const error = await ControlDb.open({ dataDir }).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(`cannot enter ${closed}`);
    expect((error as Error).message).toContain(`chmod o+x ${closed}`);
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('that lost its password file says so, and leaves no process', async () => {
    const dataDir = temporaryFolder();
    await (await ControlDb.open({ dataDir })).close();
    const file = join(dataDir, 'postgres-password');
    rmSync(file);
    await expect(ControlDb.open({ dataDir })).rejects.toThrow(file);
    expect(processesNaming(dataDir)).toEqual([]);
  });
});
