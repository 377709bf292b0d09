/**
 * Backups as jobs: one at a time, followed by their id. What a backup is made of stands in
 * platform/backup; this decides when it is taken and where its file goes.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Runner } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import { FrozenWarehouse } from '../../platform/backup/frozen-warehouse.js';
import { BACKUPS_FOLDER, takeBackup } from '../../platform/backup/take-backup.js';
import type { Platform } from '../../platform/platform.js';
import { loadSecret } from '../../platform/vault/secret.js';

const RECENT_JOBS = 100;

export interface BackupJob {
  id: string;
  status: 'running' | 'done' | 'failed';
  file: string;
  with_secret: boolean;
  created_at: string;
  finished_at: string | null;
  bytes_done: number;
  bytes_total: number | null;
  /** How long no model could be published, in milliseconds. */
  held_ms: number | null;
  tables: number | null;
  rows: number | null;
  error: { code: string; detail: string } | null;
}

type Stores = Pick<Platform, 'config' | 'controlDb' | 'warehouse' | 'clock' | 'logger'>;

export class BackupsService implements OnModuleDestroy, OnModuleInit {
  private readonly jobs = new LRUCache<string, BackupJob>({ max: RECENT_JOBS });
  private running: Promise<void> | null = null;
  private isStopping = false;

  constructor(
    private readonly runner: Runner,
    private readonly stores: Stores,
  ) {}

  async onModuleInit(): Promise<void> {
    const { dataDir, clickhouseUrl } = this.stores.config;
    if (!clickhouseUrl) await FrozenWarehouse.clear(resolve(dataDir, 'warehouse'));
  }

  /** A backup under way is given up: what is half made is of no use. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  /** Starts a backup, into DATA_DIR/backups unless an absolute path is given. */
  start(withSecret: boolean, file?: string): BackupJob {
    const { config, clock } = this.stores;
    requireEmbedded(config);
    if (this.running) throw new CodedError('busy', 'Another backup is under way.');
    const createdAt = clock.now();
    const job: BackupJob = {
      id: randomUUID(),
      status: 'running',
      file: file ?? this.defaultFile(createdAt),
      with_secret: withSecret,
      created_at: createdAt.toISOString(),
      finished_at: null,
      bytes_done: 0,
      bytes_total: null,
      held_ms: null,
      tables: null,
      rows: null,
      error: null,
    };
    requireFree(job.file);
    this.jobs.set(job.id, job);
    this.running = this.run(job, createdAt).finally(() => (this.running = null));
    return job;
  }

  find(id: string): BackupJob {
    const job = this.jobs.get(id);
    if (!job) throw new CodedError('not_found', 'No backup has this id.');
    return job;
  }

  recent(): BackupJob[] {
    return [...this.jobs.values()];
  }

  private defaultFile(createdAt: Date): string {
    const name = createdAt.toISOString().replace(/[:.]/g, '-');
    return join(resolve(this.stores.config.dataDir), BACKUPS_FOLDER, `${name}.tar.gz`);
  }

  private async run(job: BackupJob, createdAt: Date): Promise<void> {
    const { config, controlDb, warehouse, clock, logger } = this.stores;
    const { dataDir } = config;
    try {
      const ownFolder = join(resolve(dataDir), BACKUPS_FOLDER);
      if (dirname(job.file) === ownFolder) await mkdir(ownFolder, { recursive: true, mode: 0o700 });
      const secret = job.with_secret ? await loadSecret(config.secret, dataDir) : undefined;
      const sources = { controlDb, warehouse, dataDir, ...(secret ? { secret } : {}) };
      const made = await takeBackup(sources, {
        path: job.file,
        createdAt,
        betweenRuns: (work) => this.runner.betweenRuns(work),
        tell: ({ bytesDone, bytesTotal, heldMs }) => {
          job.bytes_done = bytesDone;
          job.bytes_total = bytesTotal;
          job.held_ms = heldMs;
        },
        check: () => {
          if (this.isStopping) throw new CodedError('shutting_down', '');
        },
      });
      const tables = [
        ...Object.values(made.control.tables),
        ...Object.values(made.warehouse.tables),
      ];
      job.tables = tables.length;
      job.rows = tables.reduce((sum, { rows }) => sum + rows, 0);
      job.status = 'done';
      logger.info({ backup: job.id, bytes: job.bytes_done, held_ms: job.held_ms }, 'Backed up.');
    } catch (error) {
      job.status = 'failed';
      job.error = tell(error);
      logger.error({ err: error, backup: job.id }, 'A backup failed.');
    }
    job.finished_at = clock.now().toISOString();
  }
}

function requireEmbedded({ databaseUrl, clickhouseUrl }: Stores['config']): void {
  const external = [
    ...(databaseUrl ? ['DATABASE_URL'] : []),
    ...(clickhouseUrl ? ['CLICKHOUSE_URL'] : []),
  ];
  if (external.length === 0) return;
  throw new CodedError('external_store', `${external.join(' and ')} is set.`);
}

/** A backup is never written over a file that stands. */
function requireFree(file: string): void {
  if (!isAbsolute(file)) throw new CodedError('backup_unwritable', 'The path is not absolute.');
  if (existsSync(file)) throw new CodedError('backup_unwritable', `${file} exists.`);
}

const OF_THE_FILE = ['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR'];

function tell(error: unknown): NonNullable<BackupJob['error']> {
  const { code } = error as NodeJS.ErrnoException;
  const isOfFile = typeof code === 'string' && OF_THE_FILE.includes(code);
  const coded =
    error instanceof CodedError
      ? error
      : isOfFile
        ? new CodedError('backup_unwritable', `The system answers ${code}.`)
        : new CodedError('internal', '');
  return { code: coded.code, detail: `${coded.detail} ${coded.definition.remedy}`.trim() };
}
