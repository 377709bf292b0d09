/** Quality runs over all tables: made, kept, shown; and the rows that failed. */
import { randomUUID } from 'node:crypto';
import { In, IsNull, LessThan, Not, type DataSource } from 'typeorm';
import {
  assess,
  assessedTables,
  QUALITY_TARGETS,
  type FailingRow,
  type Quality,
  type Runner,
  type TableQuality,
} from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import {
  AcceptedCheck,
  QualityResult,
  QualityScore,
  StoredQualityReport,
} from '../../platform/control-db/entities/quality.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import { isBelowTarget, summarise, type QualityReport } from './quality-report.js';

const MAX_REPORTS = 50;
const MAX_RESULTS = 200;
/** A report that is still not made by then was cut off. */
const LONGEST_MS = 3_600_000;

export interface QualityStores {
  controlDb: { dataSource: DataSource };
  warehouse: Warehouse;
  clock: Clock;
  logger: Logger;
}

export class QualityService {
  constructor(
    private readonly runner: Runner,
    private readonly quality: Quality,
    private readonly stores: QualityStores,
  ) {}

  /** Begins a quality run and answers at once; its record says when it is made. */
  async start(requestedBy: string): Promise<{ id: string; finished: Promise<void> }> {
    const { clock, logger } = this.stores;
    const startedAt = clock.now();
    await this.reports.update(
      { status: 'running', startedAt: LessThan(new Date(startedAt.getTime() - LONGEST_MS)) },
      { status: 'failed', error: 'The service stopped before it was made.' },
    );
    const id = randomUUID();
    await this.reports.insert({ id, requestedBy, status: 'running', startedAt });
    const finished = this.make(id, requestedBy, startedAt).catch(async (error: unknown) => {
      logger.error({ err: error, report: id }, 'A quality report failed.');
      const said = error instanceof CodedError ? error.message : 'It failed; the log says why.';
      const failed = { status: 'failed' as const, error: said, finishedAt: clock.now() };
      await this.reports.update({ id }, failed);
    });
    return { id, finished };
  }

  /** The latest, newest first, without what they found. */
  async list(): Promise<object[]> {
    const rows = await this.reports.find({
      select: { id: true, requestedBy: true, status: true, startedAt: true, finishedAt: true },
      order: { startedAt: 'DESC' },
      take: MAX_REPORTS,
    });
    return rows.map(({ id, requestedBy, status, startedAt, finishedAt }) => ({
      ...{ id, status, requested_by: requestedBy },
      ...{ started_at: startedAt, finished_at: finishedAt },
    }));
  }

  /** How far it is, or what it found. `latest` is the newest one that was made. */
  async find(
    id: string,
  ): Promise<{ status: string; error: string | null; report: QualityReport | null }> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const [found] = await this.reports.find({
      where: id === 'latest' ? { document: Not(IsNull()) } : { id: isUuid ? id : In([]) },
      order: { startedAt: 'DESC' },
      take: 1,
    });
    if (!found) throw new CodedError('not_found', 'No quality report has this id.');
    const { status, error, document } = found;
    return { status, error, report: document as QualityReport | null };
  }

  /** The newest score of each table. */
  async scores(): Promise<object[]> {
    const scores = await this.quality.latestScores();
    return scores.map(({ model, rows, completeness, accuracy, scoredAt }) => ({
      ...{ table: model, rows: Number(rows), completeness, accuracy, scored_at: scoredAt },
      is_below_target: isBelowTarget({ completeness, accuracy }),
    }));
  }

  /** The latest failures, of one model if it is named. */
  async results(model?: string): Promise<object[]> {
    const rows = await this.dataSource.getRepository(QualityResult).find({
      where: model === undefined ? {} : { model },
      order: { checkedAt: 'DESC', id: 'DESC' },
      take: MAX_RESULTS,
    });
    return rows.map((one) => ({
      ...{ model: one.model, check: one.checkName, partition: one.partition, run: one.runId },
      ...{ severity: one.severity, outcome: one.outcome, failing: Number(one.failingRows) },
      total: one.totalRows === null ? null : Number(one.totalRows),
      checked_at: one.checkedAt,
    }));
  }

  /** Rows that failed a check of the model, the newest first: at most 1,000. */
  async failingRows(model: string, check?: string): Promise<FailingRow[]> {
    const known = this.runner.project.models.some(({ name }) => name === model);
    if (!known) throw new CodedError('unknown_model', 'No model has this name.');
    return this.quality.failingRows(this.stores.warehouse, model, check);
  }

  private async make(id: string, requestedBy: string, startedAt: Date): Promise<void> {
    const began = performance.now();
    // Between two runs: sums of two tables are compared.
    const tables = await this.runner.betweenRuns(() => this.assessAll(id));
    const madeAt = this.stores.clock.now();
    await this.dataSource.getRepository(QualityScore).insert(
      tables.map(({ table, rows, completeness, accuracy }) => ({
        ...{ model: table, scoredAt: madeAt, runId: id, rows: String(rows) },
        ...{ completeness, accuracy },
      })),
    );
    const report: QualityReport = {
      id,
      made_at: madeAt.toISOString(),
      requested_by: requestedBy,
      duration_ms: Math.round(performance.now() - began),
      targets: QUALITY_TARGETS,
      summary: summarise(tables),
      held: await this.held(),
      accepted: await this.accepted(),
      tables,
    };
    const made = { status: 'made' as const, document: report, startedAt, finishedAt: madeAt };
    await this.reports.update({ id }, made);
  }

  private async assessAll(runId: string): Promise<TableQuality[]> {
    const scores = await this.quality.latestScores();
    const before = new Map(scores.map(({ model, rows }) => [model, Number(rows)]));
    const tables: TableQuality[] = [];
    for (const assessed of assessedTables(this.runner.project)) {
      const { name } = assessed;
      const found = await assess(this.stores.warehouse, assessed, before.get(name) ?? null);
      tables.push(found);
      for (const check of found.checks) {
        const part = { model: name, checkName: check.name, partition: 'table' };
        if (check.passed) continue;
        await this.runner.quality.record({
          ...{ ...part, runId, severity: check.severity, outcome: 'failed' },
          ...{ failingRows: check.failing, totalRows: check.total },
        });
      }
    }
    return tables;
  }

  private async held(): Promise<QualityReport['held']> {
    const states = await this.runner.state.modelStates();
    return states
      .filter(({ status }) => status === 'held')
      .map(({ model, reason }) => ({ model, reason: reason ?? '' }));
  }

  private async accepted(): Promise<QualityReport['accepted']> {
    const rows = await this.dataSource.getRepository(AcceptedCheck).find({
      order: { acceptedAt: 'DESC' },
      take: MAX_RESULTS,
    });
    return rows.map((one) => ({
      ...{ model: one.model, check: one.checkName, rows: Number(one.failingRows) },
      ...{ reason: one.reason, by: one.acceptedBy, at: one.acceptedAt.toISOString() },
    }));
  }

  private get dataSource(): DataSource {
    return this.stores.controlDb.dataSource;
  }

  private get reports() {
    return this.dataSource.getRepository(StoredQualityReport);
  }
}
