/** Retention: cohorts of visitors or customers, and how many of them come back. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { Decimal } from 'decimal.js';
import { CodedError } from '../../contracts/errors.js';
import type { Answer, Completeness, MetricValue } from '../../contracts/metric-contract.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { pickedQuery } from '../metrics/picked-rows.js';
import { BUCKETS } from '../metrics/query-builder.js';
import { engineTimezone, type Granularity } from '../metrics/range.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
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

const RETENTION_SQL = readFileSync(new URL('queries/retention.sql', import.meta.url), 'utf8');
const RETENTION = journeyDepartment(RETENTION_METRICS);

export interface RetentionPeriod {
  period: number;
  members: number;
  /** members / the cohort's size. */
  rate: MetricValue;
  /** Of the members up to and in the period, per member; null where visits are asked for. */
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

  async retention(given: RetentionArguments): Promise<Answer<Rows<RetentionRow>>> {
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
    const query = pickedQuery(named(members, action, unit), request, {
      currency: request.currency,
      timezone: engineTimezone(request.timezone),
      unit,
      periods,
    });
    // Members come back after the range, up to now.
    const span = { from: request.range.from, to: request.range.to.plus({ years: 100 }) };
    const isOfCustomers = members !== 'first_visit';
    const completeness: Completeness = isOfCustomers ? 'provisional' : 'complete';
    return this.metrics.answer(
      { department: RETENTION, findCompleteness: async () => completeness },
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
}

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
