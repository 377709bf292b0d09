/**
 * Answers the three questions that every department takes: summary, series, breakdown. Departments
 * give their definitions; this composes request, query, cache and the metric contract.
 */
import { Injectable } from '@nestjs/common';
import type { Freshness } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type {
  Answer,
  Breakdown,
  Completeness,
  MetricValue,
  Series,
  Summary,
} from '../../contracts/metric-contract.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { AnswerCache } from './answer-cache.js';
import type { Reconciled } from './reconciled.js';
import { readCursor, writeCursor } from './cursor.js';
import type { Department } from './definition.js';
import { breakdownQuery, seriesQuery, summaryQuery, type Query } from './query-builder.js';
import {
  bucketKey,
  bucketStarts,
  comparedRange,
  type Comparison,
  type Granularity,
  type Range,
} from './range.js';
import {
  dimensionOf,
  MAX_ROWS,
  readRequest,
  type MetricArguments,
  type MetricRequest,
} from './request.js';
import { compare, emptyValue, toMetricValue, type EngineValue } from './values.js';

type Row = Record<string, EngineValue>;

/** What an answer's completeness depends on; each department says how to find out. */
export type FindCompleteness = (request: MetricRequest) => Promise<Completeness>;

export interface AskedDepartment {
  department: Department;
  findCompleteness: FindCompleteness;
}

export interface BreakdownArguments extends MetricArguments {
  by: string;
  limit?: number;
  cursor?: string;
}

const DEFAULT_ROWS = 50;

@Injectable()
export class MetricsService {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly cache: AnswerCache,
    private readonly freshness: Freshness,
    private readonly reconciled: Reconciled,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async summary(
    asked: AskedDepartment,
    given: MetricArguments & { compare?: Comparison },
  ): Promise<Answer<Summary>> {
    const request = this.read(asked.department, given);
    const comparison = given.compare ?? 'previous';
    const other = comparedRange(request.range, comparison);
    const from = other && other.from < request.range.from ? other.from : request.range.from;
    const question = ['summary', comparison];
    return this.answer(asked, request, question, { from, to: request.range.to }, async () => {
      const [now, before] = await Promise.all([
        this.row(summaryQuery(request, request.range)),
        other ? this.row(summaryQuery(request, other)) : null,
      ]);
      const values = request.metrics.map(({ id, unit }) => {
        const value = toMetricValue(now[id], unit, request.currency);
        const previous = before ? toMetricValue(before[id], unit, request.currency) : null;
        return [id, compare(value, previous, unit)] as const;
      });
      return Object.fromEntries(values);
    });
  }

  async series(
    asked: AskedDepartment,
    given: MetricArguments & { granularity?: Granularity },
  ): Promise<Answer<Series>> {
    const request = this.read(asked.department, given);
    const granularity = given.granularity ?? 'day';
    const starts = bucketStarts(request.range, granularity);
    return this.answer(asked, request, ['series', granularity], request.range, async () => {
      const rows = await this.rows(seriesQuery(request, granularity));
      const byBucket = new Map(rows.map((row) => [String(row['bucket']), row]));
      const points = starts.map((start) => {
        const row = byBucket.get(bucketKey(start, granularity));
        return { at: start.toISO({ suppressMilliseconds: true }), ...valuesOf(request, row) };
      });
      return { points } as Series;
    });
  }

  async breakdown(asked: AskedDepartment, given: BreakdownArguments): Promise<Answer<Breakdown>> {
    const request = this.read(asked.department, given, given.by);
    const limit = given.limit ?? DEFAULT_ROWS;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROWS) {
      throw new CodedError(
        'invalid_parameter',
        `\`limit\` is a whole number from 1 to ${MAX_ROWS}.`,
      );
    }
    const offset = readCursor(given.cursor);
    const dimension = dimensionOf(request.surface, given.by);
    const question = ['breakdown', given.by, limit, offset];
    return this.answer(asked, request, question, request.range, async () => {
      const rows = await this.rows(breakdownQuery(request, dimension, limit, offset));
      const shown = rows.slice(0, limit).map((row) => ({
        key: String(row['key']),
        label:
          dimension.nameOf?.(String(row['key'])) ?? (String(row['label']) || String(row['key'])),
        ...valuesOf(request, row),
      }));
      const cursor = rows.length > limit ? writeCursor(offset + limit) : null;
      return { rows: shown, cursor } as Breakdown;
    });
  }

  /** Reads and checks a request, for departments that ask questions of their own. */
  read(department: Department, given: MetricArguments, by?: string): MetricRequest {
    const { reportingCurrency: currency, reportingTimezone: timezone } = this.config;
    return readRequest(department, given, { currency, timezone, now: this.clock.now() }, by);
  }

  /** Puts the metric contract around what `compute` finds, from the cache where it stands. */
  async answer<Data>(
    { department, findCompleteness }: AskedDepartment,
    request: MetricRequest,
    question: unknown[],
    span: Range,
    compute: () => Promise<Data>,
    reads: readonly string[] = [request.surface.model],
  ): Promise<Answer<Data>> {
    const { range } = request;
    const models = [...new Set([...reads, department.completenessModel])];
    // Freshness first: a publish between the two may make the answer newer than it says, not older.
    const freshness = await this.freshness.of(models);
    // The end is exclusive: a range up to midnight does not depend on the day that begins there.
    const first = request.surface.isStock ? new Date(0) : span.from.toJSDate();
    const last = span.to.minus(1).toJSDate();
    const known = await this.freshness.versionOf(models, first, last);
    const findNow = () => this.freshness.versionNow(models, first, last);
    const whole = [department.id, ...question, describe(request)];
    const { value, servedFrom } = await this.cache.remember(
      whole,
      { known, findNow },
      async () => ({
        completeness: await findCompleteness(request),
        data: await compute(),
      }),
    );
    // Outside the cache, since a reconciliation publishes nothing.
    const isUnreconciled = department.isReconciled && (await this.reconciled.hasDifferences(range));
    const completeness = isUnreconciled ? 'unreconciled' : value.completeness;
    const byMetric = <T>(pick: (metric: MetricRequest['metrics'][number]) => T) =>
      Object.fromEntries(request.metrics.map((metric) => [metric.id, pick(metric)]));
    return {
      data: value.data,
      meta: {
        asOf: freshness.asOf?.toISOString() ?? null,
        range: {
          from: range.from.toUTC().toISO({ suppressMilliseconds: true }),
          to: range.to.toUTC().toISO({ suppressMilliseconds: true }),
        },
        timezone: request.timezone,
        currency: request.currency,
        definitionVersion: byMetric(({ version: definition }) => definition),
        formula: byMetric(({ formula }) => formula),
        // Before the first run, or while a changed model is made anew, rows are missing.
        completeness: freshness.asOf ? completeness : 'partial',
        approximate: request.metrics.filter((m) => m.isApproximate).map(({ id }) => id),
        held: freshness.held,
        servedFrom,
      },
    };
  }

  rows(query: Query): Promise<Row[]> {
    return this.warehouse.query<Row>('reader', query.sql, query.parameters);
  }

  private async row(query: Query): Promise<Row> {
    return (await this.rows(query))[0] ?? {};
  }
}

function valuesOf(request: MetricRequest, row: Row | undefined): Record<string, MetricValue> {
  const values = request.metrics.map(({ id, unit, isRatio }) => [
    id,
    row
      ? toMetricValue(row[id], unit, request.currency)
      : emptyValue(isRatio ?? false, unit, request.currency),
  ]);
  return Object.fromEntries(values) as Record<string, MetricValue>;
}

/** All of a request that its answer depends on. */
function describe(request: MetricRequest): unknown[] {
  return [
    request.surface.model,
    request.metrics.map(({ id, version }) => `${id}@${version}`),
    request.filters.map(({ dimension, values }) => [dimension.id, values]),
    request.range.from.toMillis(),
    request.range.to.toMillis(),
    request.timezone,
    request.currency,
  ];
}
