/** What a quality run found, as it is kept and shown. Pure. */
import { QUALITY_TARGETS, type TableQuality } from '../../analytics/index.js';

export interface QualityReport {
  id: string;
  made_at: string;
  requested_by: string;
  duration_ms: number;
  targets: typeof QUALITY_TARGETS;
  summary: QualitySummary;
  /** Models whose last good version serves, and why. */
  held: { model: string; reason: string }[];
  /** Failures that a person accepted and that still stand. */
  accepted: {
    model: string;
    check: string;
    rows: number;
    reason: string;
    by: string;
    at: string;
  }[];
  tables: TableQuality[];
}

export interface QualitySummary {
  tables: number;
  rows: number;
  checks: number;
  /** Checks of severity `error` and of rows that fail; then those of severity `warn`. */
  failed: number;
  warned: number;
  rows_set_aside: number;
  /** Of all tables together, weighed by their rows. */
  completeness: number | null;
  accuracy: number | null;
  /** Tables that miss a target. */
  below_target: string[];
}

export function summarise(tables: readonly TableQuality[]): QualitySummary {
  const checks = tables.flatMap((table) => table.checks);
  const failed = checks.filter(({ passed }) => !passed);
  const weigh = (share: (table: TableQuality) => number | null) => {
    const known = tables.filter((table) => share(table) !== null);
    const rows = known.reduce((sum, table) => sum + table.rows + table.set_aside, 0);
    if (rows === 0) return null;
    return known.reduce((sum, t) => sum + share(t)! * (t.rows + t.set_aside), 0) / rows;
  };
  return {
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    checks: checks.length,
    failed: failed.filter(({ severity }) => severity !== 'warn').length,
    warned: failed.filter(({ severity }) => severity === 'warn').length,
    rows_set_aside: tables.reduce((sum, table) => sum + table.set_aside, 0),
    completeness: weigh(({ completeness }) => completeness),
    accuracy: weigh(({ accuracy }) => accuracy),
    below_target: tables.filter(isBelowTarget).map(({ table }) => table),
  };
}

/** The targets are to be exceeded, so that one who just meets them misses them. */
export function isBelowTarget({
  completeness,
  accuracy,
}: Pick<TableQuality, 'completeness' | 'accuracy'>): boolean {
  const misses = (share: number | null, target: number) => share !== null && share <= target;
  return (
    misses(completeness, QUALITY_TARGETS.completeness) || misses(accuracy, QUALITY_TARGETS.accuracy)
  );
}
