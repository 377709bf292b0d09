/** What the checks of the models found in a range of time. */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { QualityScore } from '../../platform/control-db/entities/quality.entities.js';

const FAILED_CHECKS = readFileSync(new URL('queries/failed_checks.sql', import.meta.url), 'utf8');

const MAX_CHECKS = 20;

interface FailedCheck {
  model: string;
  check: string;
  severity: string;
  /** The most that it failed for in one run. */
  rows: number;
}

export interface QualityFindings {
  /** Rows that failed a check of their own and were set aside. */
  quarantined_rows: number;
  /** The twenty with the most failing rows. */
  failed_checks: FailedCheck[];
}

export class Quality {
  constructor(private readonly controlDb: DataSource) {}

  /** `from` inclusive, `to` exclusive, of when the checks ran. */
  async findings(from: Date, to: Date): Promise<QualityFindings> {
    const found = await this.controlDb.query<(Omit<FailedCheck, 'rows'> & { rows: string })[]>(
      FAILED_CHECKS,
      [from, to],
    );
    const checks = found.map((check) => ({ ...check, rows: Number(check.rows) }));
    return {
      quarantined_rows: checks
        .filter(({ severity }) => severity === 'row')
        .reduce((sum, { rows }) => sum + rows, 0),
      failed_checks: checks.slice(0, MAX_CHECKS),
    };
  }

  /** The newest score of each table. */
  async latestScores(): Promise<QualityScore[]> {
    return this.controlDb
      .getRepository(QualityScore)
      .createQueryBuilder('score')
      .distinctOn(['score.model'])
      .orderBy('score.model')
      .addOrderBy('score.scored_at', 'DESC')
      .getMany();
  }
}
