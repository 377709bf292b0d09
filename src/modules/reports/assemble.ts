/** How the departments' answers become the parts of a report. Pure. */
import type { AnswerMeta, Completeness, Summary } from '../../contracts/metric-contract.js';
import { compare } from '../metrics/values.js';
import type { DepartmentId, ExecutiveReport, ReportValue } from './report.js';
import type { ReportPeriod } from './report-period.js';

/** The worst last. */
const COMPLETENESS: readonly Completeness[] = [
  'complete',
  'provisional',
  'partial',
  'unreconciled',
];

/** What is asked for, and how far it can be known. */
export interface Asked extends ReportPeriod {
  currency: string;
  isOver: boolean;
  /** As QualitySource tells it. */
  shopKnownAt: Date | null | undefined;
}

/** Whose numbers the shop's database tells of. */
const OF_SHOP: readonly DepartmentId[] = ['sales', 'customers', 'campaigns'];

/** Why the numbers of a department cannot be told, or null. */
export function whyWithheld(
  { asOf, held }: AnswerMeta,
  { range: { to }, isOver, shopKnownAt }: Asked,
  department: DepartmentId,
): string | null {
  if (held.length > 0) {
    return `left out, because ${held.join(', ')} did not pass its checks and is held back.`;
  }
  if (asOf === null) return 'left out, because nothing has been computed yet.';
  if (!isOver) return null;
  if (Date.parse(asOf) < to.toMillis()) {
    return `left out, because the data stands as of ${asOf} and the period ended later.`;
  }
  const isOfShop = shopKnownAt !== undefined && OF_SHOP.includes(department);
  if (isOfShop && (shopKnownAt === null || Date.parse(asOf) < shopKnownAt.getTime())) {
    return "left out, because the shop's database has not been read up to the end of the period.";
  }
  return null;
}

export function noteOf({ completeness, currency }: AnswerMeta): string | null {
  if (completeness === 'partial') return `there is more that is not in ${currency}.`;
  if (completeness === 'unreconciled')
    return 'the last comparison with the shop found differences.';
  return null;
}

export function reportValue(
  metric: string,
  label: string,
  now: Summary,
  previous: Summary,
  yearBefore: Summary,
): ReportValue {
  const { value, unit } = now[metric]!;
  const [before, year] = [previous[metric]!.value, yearBefore[metric]!.value];
  return {
    metric,
    label,
    unit,
    value,
    previous: before,
    change: compare(value, before, unit).change,
    year_before: year,
    year_change: compare(value, year, unit).change,
  };
}

export function mergeMetas(report: ExecutiveReport, metas: readonly AnswerMeta[]): AnswerMeta {
  const completeness = metas
    .map((meta) => COMPLETENESS.indexOf(meta.completeness))
    .reduce((worst, next) => Math.max(worst, next), 0);
  return {
    asOf: report.quality.as_of,
    range: {
      from: new Date(report.range.from).toISOString(),
      to: new Date(report.range.to).toISOString(),
    },
    timezone: report.timezone,
    currency: report.currency,
    definitionVersion: Object.assign({}, ...metas.map((meta) => meta.definitionVersion)) as Record<
      string,
      number
    >,
    formula: Object.assign({}, ...metas.map((meta) => meta.formula)) as Record<string, string>,
    completeness: COMPLETENESS[completeness]!,
    approximate: [...new Set(metas.flatMap(({ approximate }) => approximate))].sort(),
    held: report.quality.held,
    servedFrom: metas.every(({ servedFrom }) => servedFrom === 'cache') ? 'cache' : 'gold',
  };
}
