/**
 * Reconciles the warehouse with the shop's database: brings both up to date, compares order by
 * order, keeps the result of each day, and says so in metrics and in answers' completeness.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DateTime } from 'luxon';
import type { Runner } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import { readShopOrders, type ShopSource } from '../../ingest/index.js';
import { Reconciliation } from '../../platform/control-db/entities/source.entities.js';
import type { Platform } from '../../platform/platform.js';
import { toEngineInstant } from '../../platform/warehouse/warehouse.js';
import { compareOrders, type ReconciledDay, type WarehouseOrder } from './reconciliation.js';

const ORDERS_OF_SHOP = readFileSync(new URL('queries/orders_of_shop.sql', import.meta.url), 'utf8');

/** Days whose orders are held in memory together. */
const DAYS_AT_ONCE = 7;

const MAX_DAYS = 3_700;
const RECENT_JOBS = 100;

/** What changed on the shop's side while it was read is read once more. */
const ATTEMPTS = 2;

export interface ReconciliationJob {
  id: string;
  status: 'running' | 'done' | 'failed';
  from: string;
  to: string;
  is_reconciled: boolean | null;
  days: ReconciledDay[];
  error: { code: string; detail: string } | null;
}

export type ReconciliationStores = Pick<
  Platform,
  'config' | 'warehouse' | 'controlDb' | 'clock' | 'telemetry' | 'logger'
>;

export class ReconciliationService implements OnModuleDestroy {
  private readonly jobs = new LRUCache<string, ReconciliationJob>({ max: RECENT_JOBS });
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly shop: ShopSource,
    private readonly runner: Runner,
    private readonly stores: ReconciliationStores,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  /** Starts a reconciliation of days, `to` exclusive, in the reporting timezone. */
  start(from: string, to: string): ReconciliationJob {
    this.shop.connected();
    const zone = this.stores.config.reportingTimezone;
    const [first, last] = [dayStart(from, zone), dayStart(to, zone)];
    const days = last.diff(first, 'days').days;
    if (days < 1 || days > MAX_DAYS) {
      throw new CodedError('invalid_range', `Give 1 to ${MAX_DAYS} days; \`to\` is exclusive.`);
    }
    const job: ReconciliationJob = {
      id: randomUUID(),
      status: 'running',
      from,
      to,
      is_reconciled: null,
      days: [],
      error: null,
    };
    this.jobs.set(job.id, job);
    this.running = this.running.then(() => this.run(job, first, last));
    return job;
  }

  /** The last days, for the schedule. Answers when it is done. */
  async reconcileLast(days: number): Promise<void> {
    const zone = this.stores.config.reportingTimezone;
    const today = DateTime.fromJSDate(this.stores.clock.now(), { zone }).startOf('day');
    this.start(today.minus({ days }).toISODate()!, today.plus({ days: 1 }).toISODate()!);
    await this.running;
  }

  find(id: string): ReconciliationJob {
    const job = this.jobs.get(id);
    if (!job) throw new CodedError('not_found', 'No reconciliation has this id.');
    return job;
  }

  private async run(job: ReconciliationJob, from: DateTime, to: DateTime): Promise<void> {
    const { logger } = this.stores;
    if (this.isStopping) return;
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        await this.bringUpToDate();
        job.days = await this.compare(from, to);
        job.is_reconciled = job.days.every((day) => day.is_reconciled);
        if (job.is_reconciled) break;
      }
      await this.keep(job.days, from, to);
      job.status = 'done';
      logger.info({ from: job.from, to: job.to, reconciled: job.is_reconciled }, 'Reconciled.');
    } catch (error) {
      job.status = 'failed';
      job.error = error instanceof FailedExtraction ? error.told : tell(error);
      logger.error({ err: error }, 'A reconciliation failed.');
    }
  }

  private async bringUpToDate(): Promise<void> {
    const load = await this.shop.extract({ withDeletions: true }, 'reconciliation');
    if (load.status === 'failed') throw new FailedExtraction(load.error!);
    await this.runner.run({ target: 'all', trigger: 'request', requestedBy: 'reconciliation' });
  }

  private async compare(from: DateTime, to: DateTime): Promise<ReconciledDay[]> {
    const { source, mapping } = this.shop.connected();
    const zone = this.stores.config.reportingTimezone;
    const dayOf = (instant: string) => DateTime.fromISO(instant, { zone }).toISODate()!;
    const database = await this.shop.open();
    const days: ReconciledDay[] = [];
    try {
      for (let start = from; start < to; start = start.plus({ days: DAYS_AT_ONCE })) {
        const end = DateTime.min(start.plus({ days: DAYS_AT_ONCE }), to)!;
        const range = [start.toJSDate(), end.toJSDate()] as const;
        const shop = await readShopOrders(database, mapping, ...range);
        const warehouse = await this.warehouseOrders(...range, zone);
        days.push(...compareOrders(source, shop, warehouse, dayOf));
      }
    } finally {
      await database.close();
    }
    return days;
  }

  private warehouseOrders(from: Date, to: Date, timezone: string): Promise<WarehouseOrder[]> {
    return this.stores.warehouse.query<WarehouseOrder>('reader', ORDERS_OF_SHOP, {
      from: toEngineInstant(from),
      to: toEngineInstant(to),
      timezone,
    });
  }

  /** The newest result of each day takes the place of the one before. */
  private async keep(days: readonly ReconciledDay[], from: DateTime, to: DateTime): Promise<void> {
    const { controlDb, clock, telemetry } = this.stores;
    const checkedAt = clock.now();
    await controlDb.dataSource.transaction(async (manager) => {
      await manager.query('delete from reconciliations where day >= $1 and day < $2', [
        from.toISODate(),
        to.toISODate(),
      ]);
      const rows = days.map(({ is_reconciled: isReconciled, ...day }) => ({
        ...day,
        isReconciled,
        checkedAt,
      }));
      await manager.getRepository(Reconciliation).save(rows, { chunk: 500 });
    });
    const { source } = this.shop.connected();
    for (const kind of ['missing', 'extra', 'differing'] as const) {
      const orders = days.reduce((sum, { differences }) => sum + differences[kind], 0);
      telemetry.reconciliationDifferences.set({ source, kind }, orders);
    }
  }
}

/** The extraction has said what is wrong and what to do; a reconciliation adds nothing to it. */
class FailedExtraction extends Error {
  constructor(readonly told: NonNullable<ReconciliationJob['error']>) {
    super(told.code);
    this.name = 'FailedExtraction';
  }
}

function tell(error: unknown): NonNullable<ReconciliationJob['error']> {
  const coded = error instanceof CodedError ? error : new CodedError('internal', '');
  return { code: coded.code, detail: `${coded.detail} ${coded.definition.remedy}`.trim() };
}

function dayStart(text: string, zone: string): DateTime {
  const day = DateTime.fromISO(text, { zone });
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !day.isValid) {
    throw new CodedError('invalid_range', 'A day is written YYYY-MM-DD.');
  }
  return day;
}
