/** Attribution: who is credited, by one model or by all, the touches of an order, what has no match. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import type { Answer, Breakdown, MetricValue } from '../../contracts/metric-contract.js';
import { readCursor, writeCursor } from '../metrics/cursor.js';
import type { Department } from '../metrics/definition.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { pickedQuery } from '../metrics/picked-rows.js';
import { breakdownQuery, type Query } from '../metrics/query-builder.js';
import { dimensionOf, type MetricRequest } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import {
  readLimit,
  readLookback,
  readModel,
  readOrderId,
  type AttributionArguments,
  type ModelsArguments,
  type TouchpointsArguments,
  type UnmatchedArguments,
} from './attribution-arguments.js';
import {
  BY_MODEL,
  MODELS_DEPARTMENT,
  TOUCH_DEPARTMENT,
  UNMATCHED_DEPARTMENT,
  type AttributionModel,
} from './attribution.metrics.js';
import { CREDITS, PERFORMANCE, TOUCHES } from './campaigns.surfaces.js';
import type { CampaignsService } from './campaigns.service.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const QUERIES = {
  lookbackCredits: sql('lookback_credits'),
  touchpoints: sql('touchpoints'),
  unmatched: sql('unmatched'),
};

/** What orders, sessions and customers a credit reckoned anew may come from. */
const READ_ANEW = ['gold.fct_sales', 'gold.fct_touchpoints', CREDITS];
const EPOCH = DateTime.fromMillis(0, { zone: 'utc' }) as DateTime<true>;
const DEFAULT_ROWS = 50;

export interface Rows<Row> {
  rows: Row[];
}

/** One session before the order, with the share of it that each model gives. */
export interface TouchRow {
  key: string;
  label: string;
  position: number;
  /** Empty where no session is known. */
  session_id: string;
  touched_at: string;
  channel: string;
  utm_source: string;
  medium: string;
  campaign: string;
  term: string;
  content: string;
  landing_page: string;
  weights: Record<AttributionModel, MetricValue>;
}

export interface UnmatchedRow {
  key: string;
  label: string;
  /** `spend` without sessions, or `sessions` without spend. */
  found_in: string;
  campaign: string;
  utm_source: string;
  medium: string;
  reason: string;
  spend: MetricValue;
  clicks: number;
  sessions: number;
}

type Row = Record<string, EngineValue>;

@Injectable()
export class AttributionService {
  constructor(
    private readonly metrics: MetricsService,
    private readonly campaigns: CampaignsService,
  ) {}

  attribution({ model, ...given }: AttributionArguments): Promise<Answer<Breakdown>> {
    return this.credits(BY_MODEL[readModel(model)], given);
  }

  models(given: ModelsArguments): Promise<Answer<Breakdown>> {
    return this.credits(MODELS_DEPARTMENT, given);
  }

  /** Empty for an order that is not known. */
  async touchpoints({ orderId }: TouchpointsArguments): Promise<Answer<Rows<TouchRow>>> {
    const parameters = { order_id: readOrderId(orderId) };
    const request = this.metrics.read(TOUCH_DEPARTMENT, {});
    const span = { from: EPOCH, to: request.range.to.plus({ years: 100 }) };
    const asked = {
      department: TOUCH_DEPARTMENT,
      findCompleteness: async () => 'complete' as const,
    };
    const question = ['touchpoints', orderId];
    return this.metrics.answer(
      asked,
      request,
      question,
      span,
      async () => {
        const rows = await this.metrics.rows({ sql: QUERIES.touchpoints, parameters });
        return { rows: rows.map(touchRow) };
      },
      [TOUCHES],
    );
  }

  async unmatched({ limit, ...given }: UnmatchedArguments): Promise<Answer<Rows<UnmatchedRow>>> {
    const rows = readLimit(limit, DEFAULT_ROWS);
    const request = this.metrics.read(UNMATCHED_DEPARTMENT, given);
    const asked = this.campaigns.asking(UNMATCHED_DEPARTMENT);
    return this.metrics.answer(
      asked,
      request,
      ['unmatched', rows],
      request.range,
      async () => {
        const found = await this.metrics.rows(
          pickedQuery(QUERIES.unmatched, request, { limit: rows }),
        );
        return { rows: found.map((row) => unmatchedRow(row, request.currency)) };
      },
      [PERFORMANCE, 'gold.campaign_matches'],
    );
  }

  /** From the credits that stand; with a lookback of its own, reckoned anew. */
  private credits(
    department: Department,
    { lookback, by = 'campaign', ...given }: AttributionArguments,
  ): Promise<Answer<Breakdown>> {
    const asked = this.campaigns.asking(department);
    const lookbackMs = readLookback(lookback);
    if (lookbackMs === undefined) return this.metrics.breakdown(asked, { ...given, by });
    const limit = readLimit(given.limit, DEFAULT_ROWS);
    const offset = readCursor(given.cursor);
    const request = this.metrics.read(department, given, by);
    const dimension = dimensionOf(request.surface, by);
    const query = reckonedAnew(breakdownQuery(request, dimension, limit, offset), lookbackMs);
    // Sessions of any day may belong to an order of the range or to one refunded in it.
    const span = { from: EPOCH, to: request.range.to };
    return this.metrics.answer(
      asked,
      request,
      ['lookback', lookbackMs, by, limit, offset],
      span,
      async () => {
        const rows = await this.metrics.rows(query);
        const cursor = rows.length > limit ? writeCursor(offset + limit) : null;
        const shown = rows.slice(0, limit).map((row) => creditRow(request, row));
        return { rows: shown, cursor } as Breakdown;
      },
      READ_ANEW,
    );
  }
}

/** The same question of credits that are made for it. */
function reckonedAnew(query: Query, lookbackMs: number): Query {
  return {
    sql: query.sql.replace(`from ${CREDITS} as m`, () => `from (${QUERIES.lookbackCredits}) as m`),
    parameters: { ...query.parameters, lookback_ms: lookbackMs },
  };
}

function creditRow(request: MetricRequest, row: Row) {
  const values = request.metrics.map(({ id, unit }) => [
    id,
    toMetricValue(row[id], unit, request.currency),
  ]);
  return { key: String(row['key']), label: String(row['label']), ...Object.fromEntries(values) };
}

function touchRow(row: Row): TouchRow {
  const text = (name: string) => String(row[name]);
  const models = row['models'] as unknown as AttributionModel[];
  const weights = row['weights'] as unknown as string[];
  const entries = models.map((model, index) => [model, toMetricValue(weights[index], 'ratio', '')]);
  return {
    key: text('position'),
    label: `${text('channel')} ${text('utm_campaign')}`,
    position: Number(row['position']),
    session_id: text('session_id'),
    touched_at: `${text('touched_at').replace(' ', 'T')}Z`,
    channel: text('channel'),
    utm_source: text('utm_source'),
    medium: text('utm_medium'),
    campaign: text('utm_campaign'),
    term: text('utm_term'),
    content: text('utm_content'),
    landing_page: text('landing_page'),
    weights: Object.fromEntries(entries) as TouchRow['weights'],
  };
}

function unmatchedRow(row: Row, currency: string): UnmatchedRow {
  const text = (name: string) => String(row[name]);
  const names = [text('utm_campaign'), text('utm_source'), text('utm_medium')];
  return {
    key: [text('found_in'), ...names].join('|'),
    label: names.join(' / '),
    found_in: text('found_in'),
    campaign: names[0]!,
    utm_source: names[1]!,
    medium: names[2]!,
    reason: text('reason'),
    spend: toMetricValue(row['spend'], 'money', currency),
    clicks: Number(row['clicks']),
    sessions: Number(row['sessions']),
  };
}
