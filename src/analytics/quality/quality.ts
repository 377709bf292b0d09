/** What the checks of the models found in a range of time. */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import { QualityScore } from '../../platform/control-db/entities/quality.entities.js';

const FAILED_CHECKS = readFileSync(new URL('queries/failed_checks.sql', import.meta.url), 'utf8');

const FAILING_ROWS = readFileSync(new URL('queries/failing_rows.sql', import.meta.url), 'utf8');

const MAX_CHECKS = 20;
const MAX_ROWS = 1_000;

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

export interface FailingRow {
  check: string;
  run: string;
  /** `set_aside`: a row check keeps it from the table; `held`: a check of the whole failed for it. */
  state: 'set_aside' | 'held';
  at: string;
  row: unknown;
}

export class Quality {
  constructor(private readonly controlDb: DataSource) {}

  /** Rows that failed a check of the model, of one check if it is named: at most 1,000, newest first. */
  async failingRows(warehouse: Warehouse, model: string, check = ''): Promise<FailingRow[]> {
    const parameters = { model, check, limit: MAX_ROWS };
    const rows = await warehouse.query<FailingRow & { row: string }>(
      'reader',
      FAILING_ROWS,
      parameters,
    );
    return rows.map((one) => ({ ...one, row: parsed(one.row) }));
  }

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

function parsed(row: string): unknown {
  try {
    return JSON.parse(row);
  } catch {
    return row;
  }
}
