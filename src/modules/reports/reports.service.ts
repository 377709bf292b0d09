/**
 * Composes the executive report from the departments' own answers, so that it cannot say another
 * number than they do. What is late or held is left out with a note.
 */
import { Decimal } from 'decimal.js';
import type {
  Answer,
  AnswerMeta,
  Breakdown,
  MetricValue,
} from '../../contracts/metric-contract.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { Range } from '../metrics/range.js';
import { toMetricValue } from '../metrics/values.js';
import { mergeMetas, noteOf, reportValue, whyWithheld } from './assemble.js';
import { explain, type SplitChange } from './explain.js';
import {
  EXPLAINED,
  LISTS,
  SECTIONS,
  type Departments,
  type ExecutiveReport,
  type Explanation,
  type QualitySource,
  type ReportList,
  type ReportRange,
  type ReportRow,
  type ReportSection,
} from './report.js';
import { readPeriod, type ReportArguments, type ReportPeriod } from './report-period.js';

/** Keys that a list or an explanation looks at; a dimension with more explains nothing. */
const MAX_KEYS = 1_000;
const LISTED = 5;

const WORDS = { day: 'the day before', week: 'the week before', month: 'the month before' };
interface Asked extends ReportPeriod {
  currency: string;
}

interface Composed {
  report: ExecutiveReport;
  metas: AnswerMeta[];
}

export class ReportsService {
  constructor(
    private readonly departments: Departments,
    private readonly quality: QualitySource,
    private readonly config: Pick<AppConfig, 'reportingCurrency' | 'reportingTimezone'>,
    private readonly clock: Clock,
  ) {}

  async executive(given: ReportArguments): Promise<Answer<ExecutiveReport>> {
    const { report, metas } = await this.compose(this.read(given));
    return { data: report, meta: mergeMetas(report, metas) };
  }

  read(given: ReportArguments): Asked {
    const period = readPeriod(given, this.config.reportingTimezone, this.clock.now());
    return { ...period, currency: given.currency ?? this.config.reportingCurrency };
  }

  private async compose(asked: Asked): Promise<Composed> {
    const metas: AnswerMeta[] = [];
    const keep = <Data>(answer: Answer<Data>) => {
      metas.push(answer.meta);
      return answer;
    };
    const sections: ReportSection[] = [];
    for (const plan of SECTIONS) sections.push(await this.section(plan, asked, keep));
    const usable = new Set(sections.filter(isShown).map(({ department }) => department));
    const lists: ReportList[] = [];
    for (const plan of LISTS) {
      if (usable.has(plan.department)) lists.push(await this.list(plan, asked, keep));
    }
    const explanation = await this.explanation(
      asked,
      sections.filter(isShown).filter(({ values }) => values.length > 0),
      keep,
    );
    const times = metas.map(({ asOf }) => asOf);
    const asOf = times.some((time) => time === null) ? null : [...times].sort()[0]!;
    const held = [...new Set(metas.flatMap((meta) => meta.held))].sort();
    const quality = { as_of: asOf, held, ...(await this.findings(asked.range)) };
    const report: ExecutiveReport = {
      period: asked.period,
      date: asked.date,
      timezone: asked.timezone,
      currency: asked.currency,
      range: shown(asked.range),
      previous_range: shown(asked.previous),
      year_before_range: shown(asked.yearBefore),
      sections,
      lists,
      explanation,
      quality,
      notes: this.notes(asked, sections, metas),
    };
    return { report, metas };
  }

  private async section(
    { department, title, metrics }: (typeof SECTIONS)[number],
    asked: Asked,
    keep: <Data>(answer: Answer<Data>) => Answer<Data>,
  ): Promise<ReportSection> {
    const { service, metrics: known } = this.departments[department];
    const summaryOf = async (range: Range) =>
      keep(
        await service.summary({
          ...question(asked, range),
          metrics: [...metrics],
          compare: 'none',
        }),
      );
    const now = await summaryOf(asked.range);
    const isOver = asked.range.to.toMillis() <= this.clock.now().getTime();
    const reason = isOver ? whyWithheld(now.meta, asked.range) : null;
    if (reason) return { department, title, as_of: now.meta.asOf, values: [], note: reason };
    const [previous, yearBefore] = [
      await summaryOf(asked.previous),
      await summaryOf(asked.yearBefore),
    ];
    const values = metrics.map((metric) => {
      const { label } = known.find(({ id }) => id === metric)!;
      return reportValue(metric, label, now.data, previous.data, yearBefore.data);
    });
    return { department, title, as_of: now.meta.asOf, values, note: noteOf(now.meta) };
  }

  private async list(
    { id, title, department, by, metric, without }: (typeof LISTS)[number],
    asked: Asked,
    keep: <Data>(answer: Answer<Data>) => Answer<Data>,
  ): Promise<ReportList> {
    const { metrics } = this.departments[department];
    const unit = metrics.find((known) => known.id === metric)!.unit;
    const { rows } = await this.changes(department, metric, by, asked, keep);
    const named = rows.filter(({ key }) => !without.includes(key));
    const size = (row: ReportRow, of: 'value' | 'difference') => new Decimal(row[of] ?? 0);
    const top = [...named]
      .filter((row) => size(row, 'value').gt(0))
      .sort((a, b) => size(b, 'value').cmp(size(a, 'value')))
      .slice(0, LISTED);
    const falling = [...named]
      .filter((row) => size(row, 'difference').lt(0))
      .sort((a, b) => size(a, 'difference').cmp(size(b, 'difference')))
      .slice(0, LISTED);
    return { id, title, metric, unit, top, falling };
  }

  /** A metric by a dimension, now and in the previous period; `isWhole` if no key was left out. */
  private async changes(
    department: keyof Departments,
    metric: string,
    by: string,
    asked: Asked,
    keep: <Data>(answer: Answer<Data>) => Answer<Data>,
  ): Promise<{ rows: ReportRow[]; isWhole: boolean }> {
    const { service, metrics } = this.departments[department];
    const unit = metrics.find((known) => known.id === metric)!.unit;
    const rowsOf = async (range: Range) =>
      keep(
        await service.breakdown({
          ...question(asked, range),
          metrics: [metric],
          by,
          limit: MAX_KEYS,
        }),
      ).data;
    const [now, before] = [await rowsOf(asked.range), await rowsOf(asked.previous)];
    const keys = new Map<string, Breakdown['rows'][number]>();
    for (const row of [...before.rows, ...now.rows]) keys.set(row.key, row);
    const valueIn = ({ rows }: Breakdown, key: string): MetricValue =>
      rows.find((row) => row.key === key)?.[metric] ?? toMetricValue(0, unit, asked.currency);
    const rows = [...keys.values()].map(({ key, label }) => {
      const [value, previous] = [valueIn(now, key), valueIn(before, key)];
      const difference = new Decimal(value ?? 0).minus(previous ?? 0).toString();
      return {
        key,
        label,
        value,
        previous,
        difference: toMetricValue(difference, unit, asked.currency),
      };
    });
    return { rows, isWhole: now.cursor === null && before.cursor === null };
  }

  private async explanation(
    asked: Asked,
    sections: readonly ReportSection[],
    keep: <Data>(answer: Answer<Data>) => Answer<Data>,
  ): Promise<Explanation | null> {
    const candidates = EXPLAINED.flatMap(({ department, metric, by }) => {
      const section = sections.find((one) => one.department === department);
      const value = section?.values.find((one) => one.metric === metric);
      return value && value.change !== null ? [{ department, value, by }] : [];
    });
    const [largest] = candidates.sort(
      (a, b) => Math.abs(b.value.change!) - Math.abs(a.value.change!),
    );
    if (!largest) return null;
    const { department, value, by } = largest;
    const splits: SplitChange[] = [];
    for (const dimension of by) {
      const { rows, isWhole } = await this.changes(
        department,
        value.metric,
        dimension,
        asked,
        keep,
      );
      const label = dimension.replaceAll('_', ' ');
      if (isWhole) splits.push({ dimension, label, rows });
    }
    return explain(value, splits, asked.currency, WORDS[asked.period]);
  }

  private findings({ from, to }: Range) {
    return this.quality.findings(from.toJSDate(), to.toJSDate());
  }

  private notes(
    asked: Asked,
    sections: readonly ReportSection[],
    metas: readonly AnswerMeta[],
  ): string[] {
    const isOver = asked.range.to.toMillis() <= this.clock.now().getTime();
    const notes = sections.flatMap(({ title, note }) => (note ? [`${title}: ${note}`] : []));
    if (!isOver) notes.unshift('The period is not over: the numbers are those so far.');
    const approximate = new Set(metas.flatMap((meta) => meta.approximate));
    if (approximate.size > 0) notes.push(`Estimates: ${[...approximate].sort().join(', ')}.`);
    return notes;
  }
}

const isShown = ({ values }: ReportSection) => values.length > 0;

function question({ timezone, currency }: Asked, { from, to }: Range) {
  return { from: instant(from), to: instant(to), timezone, currency };
}

const instant = (time: Range['from']) => time.toISO({ suppressMilliseconds: true });
const shown = ({ from, to }: Range): ReportRange => ({ from: instant(from), to: instant(to) });
