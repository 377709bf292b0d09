/** Retention: cohorts of visitors or customers, and how many of them come back. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { Decimal } from 'decimal.js';
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Answer, Completeness, MetricValue } from '../../contracts/metric-contract.js';
import { hasScope, type Scope } from '../../contracts/scopes.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { pickedQuery } from '../metrics/picked-rows.js';
import { BUCKETS } from '../metrics/query-builder.js';
import { bucketStarts, engineTimezone, requirePoints, type Granularity } from '../metrics/range.js';
import type { MetricRequest } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import { toEngineInstant } from '../../platform/warehouse/warehouse.js';
import {
  ACTIVITIES,
  COHORTS,
  MAX_PERIODS,
  oneOf,
  readPeriod,
  wholeNumber,
  type Activity,
  type Cohort,
  type RetentionArguments,
} from './journey-arguments.js';
import { share, type Rows } from './journeys.service.js';
import { journeyDepartment, RETENTION_METRICS } from './journeys.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const RETENTION_SQL = sql('retention');
const HAS_OTHER_CURRENCIES_SQL = sql('has_other_currencies');
const RETENTION = journeyDepartment(RETENTION_METRICS);

export interface RetentionPeriod {
  period: number;
  members: number;
  /** members / the cohort's size. */
  rate: MetricValue;
  /** Of the members up to and in the period, per member; null where visits are asked for, and without sales:read. */
  cumulative_revenue_per_member: MetricValue;
}

export interface RetentionRow {
  /** The day on which the cohort's period begins, in the timezone asked for. */
  key: string;
  label: string;
  size: number;
  periods: RetentionPeriod[];
}

type Row = Record<string, EngineValue>;

/** Which rows of the query are the members, and which their activity. */
const MEMBERS: Record<Cohort, string> = {
  first_visit: 'first_visits',
  first_order: 'first_orders',
  sign_up: 'sign_ups',
};

@Injectable()
export class RetentionService {
  constructor(private readonly metrics: MetricsService) {}

  /** Revenue is null for a key that may not read sales. */
  async retention(
    given: RetentionArguments,
    scopes: readonly Scope[],
  ): Promise<Answer<Rows<RetentionRow>>> {
    const answer = await this.ask(given);
    if (hasScope(scopes, 'sales:read')) return answer;
    const rows = answer.data.rows.map(({ periods, ...row }) => ({
      ...row,
      periods: periods.map((period) => ({ ...period, cumulative_revenue_per_member: null })),
    }));
    return { ...answer, data: { rows } };
  }

  private async ask(given: RetentionArguments): Promise<Answer<Rows<RetentionRow>>> {
    const { cohort, activity, granularity, periods: askedPeriods, ...asked } = given;
    const members = oneOf('cohort', cohort, COHORTS);
    const action = oneOf('activity', activity, ACTIVITIES);
    const unit = readPeriod(granularity);
    const periods = wholeNumber('periods', askedPeriods, 12, MAX_PERIODS);
    if (members !== 'first_visit' && Object.keys(asked.filter ?? {}).length > 0) {
      throw new CodedError(
        'invalid_parameter',
        'Filters are of the first visit; the cohort is another one.',
      );
    }
    const request = this.metrics.read(RETENTION, asked);
    requirePoints(bucketStarts(request.range, unit).length * periods);
    const query = pickedQuery(named(members, action, unit), request, {
      currency: request.currency,
      timezone: engineTimezone(request.timezone),
      unit,
      periods,
    });
    const isOfCustomers = members !== 'first_visit';
    // Members come back after the range, up to now; who joined when depends on all before it.
    const span = {
      from: isOfCustomers ? EPOCH : request.range.from,
      to: request.range.to.plus({ years: 100 }),
    };
    return this.metrics.answer(
      {
        department: RETENTION,
        findCompleteness: () => this.findCompleteness(request, action, isOfCustomers),
      },
      request,
      ['retention', members, action, unit, periods],
      span,
      async () => {
        const rows = await this.metrics.rows(query);
        return { rows: cohorts(rows, action, request.currency) };
      },
      READS[isOfCustomers ? 'customers' : 'visitors'],
    );
  }

  /** Revenue is of one currency; customers may change by identity stitching. */
  private async findCompleteness(
    { range, currency }: MetricRequest,
    activity: Activity,
    isOfCustomers: boolean,
  ): Promise<Completeness> {
    if (activity === 'orders') {
      const from = toEngineInstant(range.from.toJSDate());
      const parameters = { currency, from };
      const [found] = await this.metrics.rows({ sql: HAS_OTHER_CURRENCIES_SQL, parameters });
      if (Number(found?.['is_partial']) > 0) return 'partial';
    }
    return isOfCustomers ? 'provisional' : 'complete';
  }
}

const EPOCH = DateTime.fromMillis(0, { zone: 'utc' }) as DateTime<true>;

const READS = {
  visitors: ['gold.fct_sessions', 'gold.fct_orders'],
  customers: ['gold.fct_sessions', 'gold.fct_orders', 'gold.fct_identities', 'gold.fct_events'],
};

function named(cohort: Cohort, activity: Activity, unit: Granularity): string {
  const member = cohort === 'first_visit' ? 'visitor' : 'customer';
  return RETENTION_SQL.replaceAll('members_asked()', MEMBERS[cohort])
    .replaceAll('activity_asked()', `${activity}_by_${member}`)
    .replaceAll(/bucket_of\(([a-z_.]+)\)/g, (_, time: string) => BUCKETS[unit](time));
}

function cohorts(rows: Row[], activity: Activity, currency: string): RetentionRow[] {
  const byCohort = new Map<string, Row[]>();
  for (const row of rows) {
    const key = String(row['cohort']);
    byCohort.set(key, [...(byCohort.get(key) ?? []), row]);
  }
  return [...byCohort].map(([key, found]) => {
    const size = Number(found[0]!['size']);
    return { key, label: key, size, periods: periodsOf(found, size, activity, currency) };
  });
}

/** All periods up to the last in which somebody was active, without gaps. */
function periodsOf(
  rows: Row[],
  size: number,
  activity: Activity,
  currency: string,
): RetentionPeriod[] {
  const byPeriod = new Map(rows.map((row) => [Number(row['period']), row]));
  let revenue = new Decimal(0);
  return Array.from({ length: Math.max(...byPeriod.keys()) + 1 }, (_, period) => {
    const row = byPeriod.get(period);
    const members = Number(row?.['active_members'] ?? 0);
    revenue = revenue.plus(row?.['revenue'] ?? 0);
    const perMember = revenue.div(size).toString();
    return {
      period,
      members,
      rate: share(members, size),
      cumulative_revenue_per_member:
        activity === 'orders' ? toMetricValue(perMember, 'money', currency) : null,
    };
  });
}
