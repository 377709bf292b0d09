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
import type { MetricDefinition } from '../metrics/definition.js';
import type { Range } from '../metrics/range.js';
import { toMetricValue } from '../metrics/values.js';
import { mergeMetas, noteOf, reportValue, whyWithheld, type Asked } from './assemble.js';
import { explain, type SplitChange } from './explain.js';
import {
  EXPLAINED,
  LISTS,
  SECTIONS,
  type DepartmentId,
  type Departments,
  type ExecutiveReport,
  type Explanation,
  type QualitySource,
  type ReportList,
  type ReportRange,
  type ReportRow,
  type ReportSection,
} from './report.js';
import { readPeriod, type ReportArguments } from './report-period.js';

/** Rows of a page, and pages that are read; a dimension with more keys explains nothing. */
const PAGE_ROWS = 1_000;
const MAX_PAGES = 10;
const LISTED = 5;

const WORDS = { day: 'the day before', week: 'the week before', month: 'the month before' };
/** Notes what an answer says of itself. */
type Keep = <Data>(answer: Answer<Data>) => Answer<Data>;

interface Split {
  department: DepartmentId;
  metric: string;
  by: string;
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
    const { report, metas } = await this.compose(await this.ask(given));
    return { data: report, meta: mergeMetas(report, metas) };
  }

  private async ask(given: ReportArguments): Promise<Asked> {
    const now = this.clock.now();
    const period = readPeriod(given, this.config.reportingTimezone, now);
    return {
      ...period,
      currency: given.currency ?? this.config.reportingCurrency,
      isOver: period.range.to.toMillis() <= now.getTime(),
      shopKnownAt: await this.quality.shopKnownAt(period.range.to.toJSDate()),
    };
  }

  private async compose(asked: Asked): Promise<Composed> {
    const metas: AnswerMeta[] = [];
    const keep: Keep = (answer) => {
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
      notes: notesOf(asked, sections, lists, metas),
    };
    return { report, metas };
  }

  private async section(
    { department, title, metrics }: (typeof SECTIONS)[number],
    asked: Asked,
    keep: Keep,
  ): Promise<ReportSection> {
    const { service } = this.departments[department];
    const summaryOf = async (range: Range) =>
      keep(
        await service.summary({
          ...question(asked, range),
          metrics: [...metrics],
          compare: 'none',
        }),
      );
    const now = await summaryOf(asked.range);
    const reason = whyWithheld(now.meta, asked, department);
    if (reason) return { department, title, as_of: now.meta.asOf, values: [], note: reason };
    const [previous, yearBefore] = [
      await summaryOf(asked.previous),
      await summaryOf(asked.yearBefore),
    ];
    const values = metrics.map((metric) => {
      const { label } = this.definition(department, metric);
      return reportValue(metric, label, now.data, previous.data, yearBefore.data);
    });
    return { department, title, as_of: now.meta.asOf, values, note: noteOf(now.meta) };
  }

  private async list(
    { id, title, department, by, metric, without }: (typeof LISTS)[number],
    asked: Asked,
    keep: Keep,
  ): Promise<ReportList> {
    const { unit } = this.definition(department, metric);
    const { rows, reason } = await this.changes({ department, metric, by }, asked, keep);
    if (reason) return { id, title, metric, unit, top: [], falling: [], note: reason };
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
    return { id, title, metric, unit, top, falling, note: null };
  }

  /** A metric by a dimension, now and in the previous period; `isWhole` if no key was left out. */
  private async changes(
    split: Split,
    asked: Asked,
    keep: Keep,
  ): Promise<{ rows: ReportRow[]; isWhole: boolean; reason: string | null }> {
    const { unit } = this.definition(split.department, split.metric);
    const now = await this.pages(split, asked, asked.range, keep);
    const reason = whyWithheld(now.meta, asked, split.department);
    if (reason) return { rows: [], isWhole: false, reason };
    const before = await this.pages(split, asked, asked.previous, keep);
    const zero = toMetricValue(0, unit, asked.currency);
    const rows: ReportRow[] = [];
    for (const key of new Set([...now.byKey.keys(), ...before.byKey.keys()])) {
      const [current, earlier] = [now.byKey.get(key), before.byKey.get(key)];
      // What is beyond the pages that were read is not known to be nothing.
      if ((!current && !now.isWhole) || (!earlier && !before.isWhole)) continue;
      const value: MetricValue = current?.[split.metric] ?? zero;
      const previous: MetricValue = earlier?.[split.metric] ?? zero;
      const change = new Decimal(value ?? 0).minus(previous ?? 0).toString();
      const difference = toMetricValue(change, unit, asked.currency);
      rows.push({ key, label: (current ?? earlier)!.label, value, previous, difference });
    }
    return { rows, isWhole: now.isWhole && before.isWhole, reason: null };
  }

  private async pages({ department, metric, by }: Split, asked: Asked, range: Range, keep: Keep) {
    const { service } = this.departments[department];
    const byKey = new Map<string, Breakdown['rows'][number]>();
    let cursor: string | null = null;
    let meta: AnswerMeta | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer: Answer<Breakdown> = keep(
        await service.breakdown({
          ...question(asked, range),
          metrics: [metric],
          by,
          limit: PAGE_ROWS,
          ...(cursor === null ? {} : { cursor }),
        }),
      );
      meta = answer.meta;
      for (const row of answer.data.rows) byKey.set(row.key, row);
      cursor = answer.data.cursor;
      if (cursor === null) break;
    }
    return { byKey, isWhole: cursor === null, meta: meta! };
  }

  private definition(department: DepartmentId, metric: string): MetricDefinition {
    return this.departments[department].metrics.find(({ id }) => id === metric)!;
  }

  private async explanation(
    asked: Asked,
    sections: readonly ReportSection[],
    keep: Keep,
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
      const split = { department, metric: value.metric, by: dimension };
      const { rows, isWhole } = await this.changes(split, asked, keep);
      const label = dimension.replaceAll('_', ' ');
      if (isWhole) splits.push({ dimension, label, rows });
    }
    return explain(value, splits, asked.currency, WORDS[asked.period]);
  }

  private findings({ from, to }: Range) {
    return this.quality.findings(from.toJSDate(), to.toJSDate());
  }
}

function notesOf(
  { isOver }: Asked,
  sections: readonly ReportSection[],
  lists: readonly ReportList[],
  metas: readonly AnswerMeta[],
): string[] {
  const told = [...sections, ...lists];
  const notes = told.flatMap(({ title, note }) => (note ? [`${title}: ${note}`] : []));
  if (!isOver) notes.unshift('The period is not over: the numbers are those so far.');
  const approximate = new Set(metas.flatMap((meta) => meta.approximate));
  if (approximate.size > 0) notes.push(`Estimates: ${[...approximate].sort().join(', ')}.`);
  return notes;
}

const isShown = ({ values }: ReportSection) => values.length > 0;

function question({ timezone, currency }: Asked, { from, to }: Range) {
  return { from: instant(from), to: instant(to), timezone, currency };
}

const instant = (time: Range['from']) => time.toISO({ suppressMilliseconds: true });
const shown = ({ from, to }: Range): ReportRange => ({ from: instant(from), to: instant(to) });
