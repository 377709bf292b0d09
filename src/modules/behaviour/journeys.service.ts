/** Journeys: funnels, paths and retention. Each asks one query over sessions or events. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { Answer, MetricValue } from '../../contracts/metric-contract.js';
import { toEngineInstant } from '../../platform/warehouse/warehouse.js';
import type { Department, DimensionDefinition } from '../metrics/definition.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { pickedQuery } from '../metrics/picked-rows.js';
import { dimensionOf } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import {
  MAX_LIMIT,
  MAX_PATH_LENGTH,
  oneOf,
  ORDERS,
  readSteps,
  readWindow,
  requireName,
  wholeNumber,
  type FunnelArguments,
  type FunnelStep,
  type NextPageArguments,
  type PathArguments,
} from './journey-arguments.js';
import {
  FUNNEL_METRICS,
  journeyDepartment,
  NEXT_PAGE_METRICS,
  PATH_METRICS,
} from './journeys.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const QUERIES = { funnel: sql('funnel'), paths: sql('paths'), nextPages: sql('next_pages') };

export interface ReachedStep {
  step: number;
  event: string;
  visitors: number;
  /** Of those who entered. */
  conversion_rate: MetricValue;
  /** Of those who reached the step before; null for the first. */
  step_conversion_rate: MetricValue;
  /** How many of them did not come this far. */
  drop_off: number;
  median_seconds: MetricValue;
  p90_seconds: MetricValue;
}

export interface Rows<Row> {
  rows: Row[];
}
export type FunnelRow = { key: string; label: string; steps: ReachedStep[] };
export type PathRow = {
  key: string;
  label: string;
  pages: string[];
  sessions: number;
  share: MetricValue;
};
export type NextPageRow = { key: string; label: string; views: number; share: MetricValue };

type Row = Record<string, EngineValue>;

const FUNNEL = journeyDepartment(FUNNEL_METRICS);
const PATHS = journeyDepartment(PATH_METRICS);
const NEXT_PAGES = journeyDepartment(NEXT_PAGE_METRICS);
/** The key of the row that stands for where a session ended. */
export const EXIT = 'exit';

@Injectable()
export class JourneysService {
  constructor(private readonly metrics: MetricsService) {}

  async funnel(given: FunnelArguments): Promise<Answer<Rows<FunnelRow>>> {
    const { steps: named, window, order: askedOrder, by, limit: askedLimit, ...asked } = given;
    const steps = readSteps(named);
    const windowMs = readWindow(window);
    const order = oneOf('order', askedOrder, ORDERS);
    const limit = wholeNumber('limit', askedLimit, 10, MAX_LIMIT);
    const request = this.metrics.read(FUNNEL, asked, by);
    const dimension = by === undefined ? undefined : dimensionOf(request.surface, by);
    const until = request.range.to.plus({ milliseconds: windowMs });
    // The session of an entry may have begun the day before the range.
    const from = request.range.from.minus({ days: 1 });
    const hasProperties = steps.some(({ where }) => where.length > 0);
    const isOfSessions = dimension !== undefined || request.filters.length > 0;
    const query = pickedQuery(
      QUERIES.funnel
        .replaceAll('fitting_events()', hasProperties ? 'by_property' : 'by_name')
        .replaceAll('ways_found()', order === 'strict' ? 'strictly' : 'loosely')
        .replaceAll('entries_found()', isOfSessions ? 'entries_of_sessions' : 'entries_of_all'),
      { ...request, range: { ...request.range, from } },
      {
        ...stepParameters(steps),
        entered_from: toEngineInstant(request.range.from.toJSDate()),
        until: toEngineInstant(until.toJSDate()),
        window_ms: windowMs,
        step_count: steps.length,
      },
      dimension,
    );
    const question = ['funnel', steps, windowMs, order, by ?? '', limit];
    const span = { from, to: until };
    const reads = ['gold.fct_events', ...(isOfSessions ? [request.surface.model] : [])];
    return this.metrics.answer(
      journey(FUNNEL),
      request,
      question,
      span,
      async () => {
        const rows = await this.metrics.rows(query);
        return { rows: funnelRows(rows, steps, dimension).slice(0, limit) };
      },
      reads,
    );
  }

  async paths(given: PathArguments): Promise<Answer<Rows<PathRow>>> {
    const { length: askedLength, limit: askedLimit, ...asked } = given;
    const length = wholeNumber('length', askedLength, 3, MAX_PATH_LENGTH);
    const limit = wholeNumber('limit', askedLimit, 10, MAX_LIMIT);
    const request = this.metrics.read(PATHS, asked);
    const question = ['paths', length, limit];
    return this.metrics.answer(journey(PATHS), request, question, request.range, async () => {
      const rows = await this.metrics.rows(pickedQuery(QUERIES.paths, request, { length, limit }));
      return {
        rows: rows.map((row) => {
          const pages = row['path'] as unknown as string[];
          const label = pages.join(' → ');
          const share = toMetricValue(row['share'], 'ratio', '');
          return { key: label, label, pages, sessions: Number(row['sessions']), share };
        }),
      };
    });
  }

  async nextPages(given: NextPageArguments): Promise<Answer<Rows<NextPageRow>>> {
    const { page, limit: askedLimit, ...asked } = given;
    requireName('`page`', page);
    const limit = wholeNumber('limit', askedLimit, 10, MAX_LIMIT);
    const request = this.metrics.read(NEXT_PAGES, asked);
    const question = ['next-pages', page, limit];
    return this.metrics.answer(journey(NEXT_PAGES), request, question, request.range, async () => {
      const query = pickedQuery(QUERIES.nextPages, request, { page, limit });
      const rows = await this.metrics.rows(query);
      return {
        rows: rows.map((row) => ({
          key: String(row['next_page']) || EXIT,
          label: String(row['next_page']) || 'End of the session',
          views: Number(row['views']),
          share: toMetricValue(row['share'], 'ratio', ''),
        })),
      };
    });
  }
}

/** Visitors and sessions never change by identity stitching, and nothing is left out. */
export const journey = (department: Department) => ({
  department,
  findCompleteness: async () => 'complete' as const,
});

/** The steps as the query takes them: what fits a step is a bit. */
function stepParameters(steps: readonly FunnelStep[]) {
  const names = [...new Set(steps.map(({ event }) => event))];
  const bitsOf = (name: string) =>
    steps.reduce((bits, { event }, step) => (event === name ? bits | (1 << step) : bits), 0);
  const filters = steps.flatMap(({ where }, step) =>
    where.map(({ property, values }) => ({ bit: 1 << step, property, values })),
  );
  return {
    names,
    bits: names.map(bitsOf),
    filter_bits: filters.map(({ bit }) => bit),
    filter_properties: filters.map(({ property }) => property),
    filter_values: filters.map(({ values }) => JSON.stringify(values)),
  };
}

function funnelRows(
  rows: Row[],
  steps: readonly FunnelStep[],
  dimension: DimensionDefinition | undefined,
): FunnelRow[] {
  const found = new Map<string, Map<number, Row>>();
  if (dimension === undefined) found.set('all', new Map());
  for (const row of rows) {
    const key = String(row['key']);
    found.set(key, (found.get(key) ?? new Map<number, Row>()).set(Number(row['step']), row));
  }
  return [...found].map(([key, reached]) => ({
    key,
    label: dimension ? (dimension.nameOf?.(key) ?? key) : 'All visitors',
    steps: steps.map(({ event }, index) => reachedStep(event, index, reached)),
  }));
}

function reachedStep(event: string, index: number, reached: Map<number, Row>): ReachedStep {
  const row = reached.get(index + 1);
  const visitorsOf = (step: number) => Number(reached.get(step)?.['visitors'] ?? 0);
  const visitors = visitorsOf(index + 1);
  const before = visitorsOf(index);
  return {
    step: index + 1,
    event,
    visitors,
    conversion_rate: share(visitors, visitorsOf(1)),
    step_conversion_rate: index === 0 ? null : share(visitors, before),
    drop_off: index === 0 ? 0 : before - visitors,
    median_seconds: toMetricValue(row?.['median_seconds'], 'seconds', ''),
    p90_seconds: toMetricValue(row?.['p90_seconds'], 'seconds', ''),
  };
}

export function share(part: number, whole: number): MetricValue {
  return whole === 0 ? null : toMetricValue(part / whole, 'ratio', '');
}
