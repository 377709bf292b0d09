/** What the checks of the models found in a range of time. */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { toEngineInstant, type Warehouse } from '../platform/warehouse/warehouse.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const FAILED_CHECKS = sql('failed_checks');
const QUARANTINED_ROWS = sql('quarantined_rows');

export interface QualityFindings {
  /** Rows that failed a check and were set aside. */
  quarantined_rows: number;
  /** The twenty with the most failing rows; a check that fails again counts again. */
  failed_checks: { model: string; check: string; severity: string; rows: number }[];
}

export class Quality {
  constructor(
    private readonly controlDb: DataSource,
    private readonly warehouse: Warehouse,
  ) {}

  /** `from` inclusive, `to` exclusive, of when the checks ran. */
  async findings(from: Date, to: Date): Promise<QualityFindings> {
    const checks = await this.controlDb.query<
      { model: string; check: string; severity: string; rows: string }[]
    >(FAILED_CHECKS, [from, to]);
    const range = { from: toEngineInstant(from), to: toEngineInstant(to) };
    const { rows } = await this.warehouse.queryOne<{ rows: string }>(
      'reader',
      QUARANTINED_ROWS,
      range,
    );
    return {
      quarantined_rows: Number(rows),
      failed_checks: checks.map(({ rows: failing, ...check }) => ({
        ...check,
        rows: Number(failing),
      })),
    };
  }
}
