/** `cartograph backup` and `cartograph restore`. */
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { AppConfig } from '../platform/config/config.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';

interface BackupOptions extends ServiceOptions {
  withSecret?: boolean;
  json?: boolean;
}

export interface BackupView {
  id: string;
  status: 'running' | 'done' | 'failed';
  file: string;
  bytes_done: number;
  bytes_total: number | null;
  held_ms: number | null;
  tables: number | null;
  rows: number | null;
  error: { code: string; detail: string } | null;
}

const POLL_MS = 200;
const MEGABYTE = 1_000_000;

const WITHOUT_SECRET =
  'The secret is NOT in this backup. Keep DATA_DIR/secret (or CARTOGRAPH_SECRET) elsewhere: ' +
  'without it\nthe restored service does not start and its vault of personal data can never be ' +
  'read again.\n';
const WITH_SECRET =
  'The secret is in this backup: whoever has the file can read the personal data in it.\n';

export function registerBackup(program: Command): void {
  program
    .command('backup <file>')
    .description('Back up the whole data directory into one file, while the service goes on.')
    .option('--with-secret', 'put the secret into the file as well')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the backup as JSON')
    .action(async (file: string, { withSecret, json, ...options }: BackupOptions) => {
      const body = { file: resolve(file), with_secret: withSecret ?? false };
      const job = await withService(options, (client) => backUp(client, body, !json));
      if (json) process.stdout.write(`${JSON.stringify(job)}\n`);
      else print(job);
      if (job.status === 'done') process.stderr.write(withSecret ? WITH_SECRET : WITHOUT_SECRET);
      process.exitCode = job.status === 'done' ? 0 : 1;
    });
  program
    .command('restore <file>')
    .description('Restore a backup into a data directory that is empty or does not exist.')
    .option('--data-dir <folder>', 'where to restore to (default: DATA_DIR or .cartograph)')
    .action(async (file: string, { dataDir }: ServiceOptions) => {
      const config = AppConfig.load({ logLevel: 'warn', ...(dataDir ? { dataDir } : {}) });
      if (config.databaseUrl || config.clickhouseUrl) {
        throw new Error(
          'DATABASE_URL or CLICKHOUSE_URL is set: a backup restores embedded stores only. ' +
            'Unset them, or restore that store with its own tools.',
        );
      }
      const { restoreBackup } = await import('../platform/backup/restore.js');
      const made = await restoreBackup(resolve(file), config.dataDir, config.warehouseMemoryMb);
      const tables = { ...made.control.tables, ...made.warehouse.tables };
      const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
      process.stdout.write(
        `Restored ${rows} rows in ${Object.keys(tables).length} tables, as of ` +
          `${made.created_at}, into ${resolve(config.dataDir)}\n`,
      );
      if (!made.has_secret && !config.secret) {
        process.stderr.write(
          'The backup holds no secret. Put it into the file secret of this directory, or set ' +
            'CARTOGRAPH_SECRET, before you start the service.\n',
        );
      }
    });
}

/** Starts a backup and follows it to its end. */
async function backUp(client: ApiClient, body: object, isTold: boolean): Promise<BackupView> {
  const path = '/api/v1/keeping/backups';
  const { id } = await client.request<{ id: string }>('POST', path, body);
  const isShown = isTold && process.stderr.isTTY === true;
  for (;;) {
    const job = await client.request<BackupView>('GET', `${path}/${id}`);
    if (isShown) {
      const total = job.bytes_total === null ? '…' : inMegabytes(job.bytes_total);
      process.stderr.write(`\r  ${inMegabytes(job.bytes_done)} of ${total} MB`);
    }
    if (job.status !== 'running') {
      if (isShown) process.stderr.write('\n');
      return job;
    }
    await wait(POLL_MS);
  }
}

function print({ file, tables, rows, held_ms: held, error }: BackupView): void {
  const done = `Backed up ${rows} rows in ${tables} tables to ${file}; no run waited over ${held} ms.`;
  process.stdout.write(`${error ? `failed: ${error.detail} (${error.code})` : done}\n`);
}

const inMegabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1);
