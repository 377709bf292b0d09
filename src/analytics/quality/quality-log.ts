/**
 * What the leader writes down of checks: those that failed, and those whose failure a person
 * accepted. A failure that stands is told once an hour, not at every tick.
 */
import type { DataSource } from 'typeorm';
import type { Clock } from '../../platform/clock/clock.js';
import {
  AcceptedCheck,
  QualityResult,
} from '../../platform/control-db/entities/quality.entities.js';
import type { Logger } from '../../platform/logging/logger.js';

/** Which check, on which partition; `all` is a whole table, '' the changed rows of one. */
export interface CheckedPart {
  model: string;
  checkName: string;
  partition: string;
}

export interface FailedCheck extends CheckedPart {
  runId: string;
  severity: QualityResult['severity'];
  outcome: QualityResult['outcome'];
  failingRows: number;
  totalRows: number;
}

/** A person's word that a model may be published although checks fail. */
export interface Acceptance {
  reason: string;
  acceptedBy: string;
}

const TELL_AGAIN_MS = 3_600_000;

const keyOf = ({ model, checkName, partition }: CheckedPart) =>
  [model, checkName, partition].join('\n');

export class QualityLog {
  private readonly accepted = new Map<string, number>();
  private readonly told = new Map<string, { what: string; at: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    /** Where failed checks go as lines, beside the log of the service. */
    private readonly validationLog: Pick<Logger, 'warn'> | null,
  ) {}

  /** Reads what was accepted; a new leader does so before its first task. */
  async load(): Promise<void> {
    const all = await this.dataSource.getRepository(AcceptedCheck).find();
    this.accepted.clear();
    this.told.clear();
    for (const one of all) this.accepted.set(keyOf(one), Number(one.failingRows));
  }

  /** Whether so many failing rows were accepted. */
  isAccepted(part: CheckedPart, failingRows: number): boolean {
    return failingRows <= (this.accepted.get(keyOf(part)) ?? -1);
  }

  async accept(
    { model, checkName, partition }: CheckedPart,
    failingRows: number,
    runId: string,
    { reason, acceptedBy }: Acceptance,
  ): Promise<void> {
    await this.dataSource.getRepository(AcceptedCheck).upsert(
      {
        ...{ model, checkName, partition, runId, reason, acceptedBy },
        failingRows: String(failingRows),
        acceptedAt: this.clock.now(),
      },
      ['model', 'checkName', 'partition'],
    );
    this.accepted.set(keyOf({ model, checkName, partition }), failingRows);
  }

  /** A check that passes again has no use for its acceptance. */
  async passed({ model, checkName, partition }: CheckedPart): Promise<void> {
    const key = keyOf({ model, checkName, partition });
    this.told.delete(key);
    if (!this.accepted.delete(key)) return;
    await this.dataSource.getRepository(AcceptedCheck).delete({ model, checkName, partition });
  }

  /** Answers whether it was news. */
  async record(failed: FailedCheck): Promise<boolean> {
    const key = keyOf(failed);
    const what = [failed.outcome, failed.failingRows, failed.totalRows].join('/');
    const last = this.told.get(key);
    const now = this.clock.now();
    // Rows are set aside once each, so that they are always news.
    const isTold = last?.what === what && now.getTime() - last.at < TELL_AGAIN_MS;
    if (isTold && failed.severity !== 'row') return false;
    const { failingRows, totalRows, ...rest } = failed;
    await this.dataSource.getRepository(QualityResult).insert({
      ...rest,
      failingRows: String(failingRows),
      totalRows: String(totalRows),
      checkedAt: now,
    });
    this.told.set(key, { what, at: now.getTime() });
    const { model, checkName: check, partition, runId: run, severity, outcome } = failed;
    this.validationLog?.warn(
      { model, check, partition, run, severity, outcome, failing: failingRows, total: totalRows },
      'A check failed.',
    );
    return true;
  }
}
