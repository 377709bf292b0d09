/** Whether the last reconciliation with the shop's database found differences in a range. */
import type { DataSource } from 'typeorm';
import type { AppConfig } from '../../platform/config/config.js';
import type { Range } from './range.js';

/** How long an answer may be behind a reconciliation. */
const REMEMBERED_MS = 5_000;

export class Reconciled {
  private days: { read: number; differing: string[] } | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /** True if a day that the range touches does not agree. Without reconciliations nothing differs. */
  async hasDifferences({ from, to }: Range): Promise<boolean> {
    const zone = this.config.reportingTimezone;
    const first = from.setZone(zone).toISODate()!;
    const last = to.minus(1).setZone(zone).toISODate()!;
    return (await this.differing()).some((day) => day >= first && day <= last);
  }

  private async differing(): Promise<string[]> {
    const now = performance.now();
    if (this.days && now - this.days.read < REMEMBERED_MS) return this.days.differing;
    const rows = await this.dataSource.query<{ day: string }[]>(
      'select distinct day::text as day from reconciliations where not is_reconciled',
    );
    this.days = { read: now, differing: rows.map(({ day }) => day) };
    return this.days.differing;
  }
}
