/** What the answers about journeys hold, as definitions; their numbers come from queries/*.sql. */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import { BEHAVIOUR_DEPARTMENT } from './behaviour.metrics.js';
import { SESSION_SURFACE, SESSIONS } from './behaviour.surfaces.js';

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner' | 'expression'>,
): MetricDefinition => ({
  version: 1,
  owner: 'behaviour',
  // Not of one expression: see the query.
  expression: { [SESSIONS]: '' },
  ...metric,
});

export const FUNNEL_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'funnel_visitors',
    label: 'Visitors who reached the step',
    formula:
      'Visitors with an event that fits the first step in the range and then one for each step up ' +
      'to this, in this order, all within the window from the first; of several ways the longest. ' +
      'Strict: no event of another step comes between. Filters and the split are of the session ' +
      'in which that way began.',
    unit: 'count',
  }),
  define({
    id: 'funnel_conversion_rate',
    label: 'Conversion from the first step',
    formula: 'Visitors who reached the step / visitors who entered.',
    unit: 'ratio',
    isRatio: true,
  }),
  define({
    id: 'funnel_drop_off',
    label: 'Drop-off',
    formula: 'Visitors who reached the step before − visitors who reached the step.',
    unit: 'count',
  }),
  define({
    id: 'funnel_step_time',
    label: 'Time between steps',
    formula: 'Median and 90th percentile of the seconds since the step before.',
    unit: 'seconds',
    isRatio: true,
  }),
];

export const PATH_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'path_sessions',
    label: 'Sessions that began so',
    formula: 'Sessions whose first pages are these; a page that repeats in a row counts once.',
    unit: 'count',
  }),
  define({
    id: 'path_share',
    label: 'Share of sessions',
    formula: 'Sessions that began so / sessions with a page.',
    unit: 'ratio',
    isRatio: true,
  }),
];

export const NEXT_PAGE_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'next_page_views',
    label: 'Views that led there',
    formula: 'Views of the page after which this one was the next of the session, or its end.',
    unit: 'count',
  }),
  define({
    id: 'next_page_share',
    label: 'Share of views',
    formula: 'Views that led there / views of the page.',
    unit: 'ratio',
    isRatio: true,
  }),
];

export const RETENTION_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'cohort_size',
    label: 'Members of the cohort',
    formula:
      'Distinct members who joined in the period: by first visit, first order, or the first ' +
      'Signed Up or Account Created.',
    unit: 'count',
  }),
  define({
    id: 'retention_rate',
    label: 'Retention',
    formula: 'Distinct members of the cohort active in the period / members of the cohort.',
    unit: 'ratio',
    isRatio: true,
  }),
  define({
    id: 'cumulative_revenue_per_member',
    label: 'Cumulative revenue per member',
    formula:
      'Gross − discounts of the orders that the members placed up to and in the period / members.',
    unit: 'money',
    isRatio: true,
  }),
];

/** A department that answers these metrics over whole sessions. */
export function journeyDepartment(metrics: readonly MetricDefinition[]): Department {
  return {
    ...BEHAVIOUR_DEPARTMENT,
    metrics,
    surfaces: [SESSION_SURFACE],
    standardMetrics: metrics.map(({ id }) => id),
  };
}

/** All of them, for the page of definitions. */
export const JOURNEY_METRICS = [
  ...FUNNEL_METRICS,
  ...PATH_METRICS,
  ...NEXT_PAGE_METRICS,
  ...RETENTION_METRICS,
];
