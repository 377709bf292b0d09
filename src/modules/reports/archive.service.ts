/** Reports as they were made: kept as text with its hash, never changed, and where each goes. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { Answer } from '../../contracts/metric-contract.js';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { ExecutiveReport } from './report.js';
import type { Period } from './report-period.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const ARCHIVE_REPORT = sql('archive_report');

export const CHANNELS = ['folder', 'webhook', 'slack'] as const;
export type Channel = (typeof CHANNELS)[number];

const MAX_LISTED = 100;

export interface ArchivedReport {
  id: string;
  period: Period;
  date: string;
  sha256: string;
  made_at: string;
  deliveries: {
    channel: Channel;
    attempts: number;
    delivered_at: string | null;
    error: string | null;
  }[];
}

interface Row extends Omit<ArchivedReport, 'deliveries'> {
  document: string;
}

export class ArchiveService {
  constructor(
    private readonly controlDb: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Keeps a report, unless one of its period stands. Answers with its id, or null. */
  async keep(
    answer: Answer<ExecutiveReport>,
    channels: readonly Channel[],
  ): Promise<string | null> {
    const document = JSON.stringify(answer);
    const sha256 = createHash('sha256').update(document).digest('hex');
    const { period, date } = answer.data;
    return this.controlDb.transaction(async (manager) => {
      const now = this.clock.now();
      const row = [randomUUID(), period, date, document, sha256, now];
      const [kept] = await manager.query<{ id: string }[]>(ARCHIVE_REPORT, row);
      if (!kept) return null;
      for (const channel of channels) {
        await manager.query(
          'insert into report_deliveries (report_id, channel, next_at) values ($1, $2, $3)',
          [kept.id, channel, now],
        );
      }
      return kept.id;
    });
  }

  async stands(period: Period, date: string): Promise<boolean> {
    const rows = await this.controlDb.query<object[]>(
      `select 1 from reports where kind = 'executive' and period = $1 and date = $2`,
      [period, date],
    );
    return rows.length > 0;
  }

  /** Since when there is something to report of. */
  async openedAt(): Promise<Date> {
    const [row] = await this.controlDb.query<{ opened_at: Date }[]>(
      'select opened_at from installation',
    );
    return row?.opened_at ?? this.clock.now();
  }

  /** The newest hundred, newest first. */
  async list(): Promise<ArchivedReport[]> {
    const rows = await this.controlDb.query<(ArchivedReport & { made_at: Date })[]>(
      `select reports.id, period, date::text as date, sha256, made_at,
         coalesce(json_agg(json_build_object('channel', channel, 'attempts', attempts,
           'delivered_at', delivered_at, 'error', error) order by channel)
           filter (where channel is not null), '[]') as deliveries
       from reports left join report_deliveries on report_id = reports.id
       group by reports.id order by made_at desc limit $1`,
      [MAX_LISTED],
    );
    return rows.map((row) => ({ ...row, made_at: row.made_at.toISOString() }));
  }

  /** Throws `not_found`. The document is as it was made; that it is unchanged is checked. */
  async find(id: string): Promise<Answer<ExecutiveReport>> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const [row] = isUuid
      ? await this.controlDb.query<Row[]>('select * from reports where id = $1', [id])
      : [];
    if (!row) throw new CodedError('not_found', 'No report has this id.');
    const sha256 = createHash('sha256').update(row.document).digest('hex');
    if (sha256 !== row.sha256) throw new Error('An archived report is not what was kept.');
    return JSON.parse(row.document) as Answer<ExecutiveReport>;
  }
}
