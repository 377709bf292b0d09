/**
 * PostgreSQL dies of kill -9 under load and is started again, as its supervisor would: what was
 * acknowledged is stored, and every token's original lies in the vault.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ControlDb } from '../../../src/platform/control-db/control-db.js';
import { EmbeddedPostgres } from '../../../src/platform/control-db/embedded-postgres.js';
import { startTestService, type TestService } from '../../support/service.js';
import { until } from '../../support/spawned-service.js';
import { closeAfterAll, temporaryFolder } from '../../support/stores.js';
import { expectBalanced } from './balance.js';
import { startShopper } from './shopper.js';

const run = promisify(execFile);
const DELIVERED_BEFORE = 100;

/** A server of the spec's own, which may be killed without harm to others. */
async function startPostgres() {
  const folder = temporaryFolder();
  const server = await EmbeddedPostgres.start(folder);
  closeAfterAll(() => server.stop());
  const directory = join(folder, 'postgres');
  const readPid = () => readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[0]!;
  const { stdout } = await run('readlink', ['-f', `/proc/${readPid()}/exe`]);
  const pgCtl = join(stdout.trim(), '../pg_ctl');
  const { stdout: owner } = await run('stat', ['-c', '%u %g', directory]);
  const [uid, gid] = owner.trim().split(' ').map(Number) as [number, number];
  let family: string[] = [];
  return {
    url: server.url('postgres'),
    kill: () => {
      const pid = readPid();
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      family = [pid, ...children.trim().split(' ')];
      process.kill(Number(pid), 'SIGKILL');
    },
    /** On the same port, by the options that the server left, once its last process is gone. */
    restart: async () => {
      await until(() => (family.some(isAlive) ? undefined : true));
      // Whoever is dead and not yet buried by its parent would be waited for.
      rmSync(join(directory, 'postmaster.pid'), { force: true });
      const flags = ['-s', '-w', '-D', directory, '-l', join(directory, 'server.log')];
      await run(pgCtl, ['restart', ...flags], { uid, gid, cwd: '/' });
    },
  };
}

/** A zombie has no command line. */
function isAlive(pid: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

async function migrate(databaseUrl: string): Promise<void> {
  const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
  await controlDb.migrate();
  await controlDb.close();
}

describe('a control database that is killed under load', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    await migrate(postgres.url);
    service = await startTestService({ databaseUrl: postgres.url });
    key = await service.key('events:write');
  });

  const statusOf = async () => (await fetch(`${service.url}/readyz`)).status;

  it('loses nothing that was acknowledged, and the service recovers by itself', async () => {
    const shopper = startShopper(service.url, key, 'shopper');
    const isUnderWay = () => (shopper.acknowledged.length >= DELIVERED_BEFORE ? true : undefined);
    await until(isUnderWay);
    postgres.kill();
    await until(async () => ((await statusOf()) === 503 ? true : undefined));
    const personal = { userId: 'u', messageId: 'meanwhile', traits: { email: 'x@example.com' } };
    expect((await service.post('/v1/identify', personal, key)).status).toBe(503);
    await postgres.restart();
    await until(async () => ((await statusOf()) === 200 ? true : undefined));
    await shopper.finish();
    expect(shopper.failed).toEqual([]);
    expect(shopper.acknowledged).toHaveLength(shopper.sent.length);
    expect((await service.run('streaming')).status).toBe('published');
    const { warehouse } = service.platform;
    await expectBalanced('PostgreSQL killed', warehouse, shopper);
  });

  it('left no token without its original', async () => {
    const stored = await service.platform.warehouse.query<{ token: string }>(
      'reader',
      `select distinct extract(traits, 'eml_[0-9a-f]{32}') as token from silver.events
       where call = 'identify'`,
    );
    const rows = await service.platform.controlDb.dataSource.query<{ token: string }[]>(
      'select token from pii_vault',
    );
    const originals = new Set(rows.map(({ token }) => token));
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.filter(({ token }) => !originals.has(token))).toEqual([]);
  });
});
