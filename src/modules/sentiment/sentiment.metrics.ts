/**
 * The metric definitions of sentiment. Feedback counts on the day it came, a first answer and a
 * resolution on their own. Columns are written `m.…` (see modules/metrics/query-builder.ts).
 */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import {
  BY_SEGMENT,
  FEEDBACK,
  SURFACES,
  TEXT_SURFACE,
  TEXTS,
  TICKETS,
} from './sentiment.surfaces.js';

/** Both models have the same columns. */
const of = (expression: string) => ({ [FEEDBACK]: expression, [BY_SEGMENT]: expression });

/** Decimal division keeps the digits of its numerator; ten are enough before the one rounding. */
const ratio = (numerator: string, denominator: string) =>
  of(`toDecimal128(${numerator}, 10) / nullIf(${denominator}, 0)`);

/** The normal quantile of 97.5 %: intervals hold the true share in 95 of 100 samples. */
const Z = '1.959964';

/**
 * A bound of the share k / n after E. B. Wilson, "Probable inference, the law of succession, and
 * statistical inference", JASA 22 (1927): it stays within 0 and 1, and is right for small n.
 */
function wilson(k: string, n: string, sign: '+' | '-') {
  const share = `(${k} / ${n})`;
  const spread = `${Z} * sqrt(${share} * (1 - ${share}) / ${n} + ${Z} * ${Z} / (4 * ${n} * ${n}))`;
  const bound =
    `(${share} + ${Z} * ${Z} / (2 * ${n}) ${sign} ${spread}) ` + `/ (1 + ${Z} * ${Z} / ${n})`;
  return of(`if(${n} = 0, null, greatest(0, least(1, ${bound})))`);
}

const [PROMOTERS, DETRACTORS, RECOMMENDATIONS] = [
  'sum(m.promoters)',
  'sum(m.detractors)',
  'sum(m.recommendations)',
];
const NET = `(toInt64(${PROMOTERS}) - toInt64(${DETRACTORS}))`;

/**
 * A bound of the difference of two shares of one sample, by its normal approximation: the variance
 * is p + d − (p − d)² (A. Agresti, "Categorical Data Analysis", on multinomial samples).
 */
function netPromoterBound(sign: '+' | '-') {
  const n = RECOMMENDATIONS;
  const net = `(${NET} / ${n})`;
  const variance = `(${PROMOTERS} + ${DETRACTORS}) / ${n} - ${net} * ${net}`;
  const bound = `${net} ${sign} ${Z} * sqrt(greatest(0, ${variance}) / ${n})`;
  return of(`if(${n} = 0, null, round(100 * greatest(-1, least(1, ${bound})), 2))`);
}

/** Between the two middle values where there is no one in the middle; exact. */
const quantile = (level: number, column: string) =>
  of(`if(sum(length(m.${column})) = 0, null, quantileExactInclusiveArray(${level})(m.${column}))`);

const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner'> & { version?: number },
): MetricDefinition => ({ version: 1, owner: 'sentiment', ...metric });

const count = (id: string, label: string, column: string, formula: string): MetricDefinition =>
  define({ id, label, formula, unit: 'count', expression: of(`sum(m.${column})`) });

const share = (
  id: string,
  label: string,
  expression: MetricDefinition['expression'],
  formula: string,
): MetricDefinition => define({ id, label, formula, unit: 'ratio', isRatio: true, expression });

const seconds = (
  id: string,
  label: string,
  expression: MetricDefinition['expression'],
  formula: string,
): MetricDefinition => define({ id, label, formula, unit: 'seconds', isRatio: true, expression });

const ofFeedback: readonly MetricDefinition[] = [
  count('feedback', 'Feedback', 'feedback', 'Reviews, tickets and survey answers that came.'),
  count('texts', 'Texts', 'texts', 'Feedback with a text.'),
  count(
    'scored',
    'Scored',
    'scored',
    'Feedback whose title or text is in a language that a scorer reads.',
  ),
  share(
    'mean_sentiment',
    'Mean sentiment',
    ratio('sum(m.compound)', 'sum(m.scored)'),
    'Mean of the compound score, from −1 to 1, of scored feedback; each counts once.',
  ),
  share(
    'positive_share',
    'Positive',
    ratio('sum(m.positive)', 'sum(m.scored)'),
    'Feedback with a compound score of .05 and more / scored feedback.',
  ),
  share(
    'negative_share',
    'Negative',
    ratio('sum(m.negative)', 'sum(m.scored)'),
    'Feedback with a compound score of −.05 and less / scored feedback.',
  ),
  count('ratings', 'Ratings', 'ratings', 'Feedback with a rating from 0 to 5.'),
  share(
    'mean_rating',
    'Mean rating',
    ratio('sum(m.rating_sum)', 'sum(m.ratings)'),
    'Sum of ratings from 0 to 5 / ratings.',
  ),
];

const ofTickets: readonly MetricDefinition[] = [
  count('tickets_opened', 'Tickets opened', 'opened', 'Tickets that came.'),
  count(
    'tickets_answered',
    'Tickets answered',
    'answered',
    'Tickets answered for the first time, on the day of the answer.',
  ),
  count('tickets_resolved', 'Tickets resolved', 'resolved', 'Tickets, on the day of resolution.'),
  define({
    id: 'backlog',
    label: 'Backlog',
    formula:
      'Tickets that had come and were not resolved at the end of the range, whenever they came.',
    unit: 'count',
    expression: {
      [TICKETS]: `countIf(m.resolved_at is null or m.resolved_at >= {to:DateTime64(3, 'UTC')})`,
    },
  }),
  seconds(
    'first_response_median',
    'Median first response',
    quantile(0.5, 'response_seconds'),
    'Median of the time from coming to the first answer, of tickets answered in the range.',
  ),
  seconds(
    'first_response_p90',
    'First response of nine in ten',
    quantile(0.9, 'response_seconds'),
    '90th percentile of the time to the first answer, between values where it falls so.',
  ),
  seconds(
    'resolution_median',
    'Median resolution',
    quantile(0.5, 'resolution_seconds'),
    'Median of the time from coming to resolution, of tickets resolved in the range.',
  ),
  seconds(
    'resolution_p90',
    'Resolution of nine in ten',
    quantile(0.9, 'resolution_seconds'),
    '90th percentile of the time to resolution, between values where it falls so.',
  ),
];

const CSAT = ['sum(m.satisfied)', 'sum(m.answers)'] as const;

const ofSatisfaction: readonly MetricDefinition[] = [
  share(
    'csat',
    'Customer satisfaction',
    ratio(...CSAT),
    'Ratings of 4 and 5 / rated tickets and survey answers.',
  ),
  share('csat_low', 'CSAT, lower', wilson(...CSAT, '-'), 'Lower bound of csat: Wilson, 95 %.'),
  share('csat_high', 'CSAT, upper', wilson(...CSAT, '+'), 'Upper bound of csat: Wilson, 95 %.'),
  define({
    id: 'nps',
    label: 'Net promoter score',
    formula:
      '100 × (answers of 9 and 10 − answers of 0 to 6) / answers to surveys of recommendation, ' +
      'which go from 0 to 10.',
    unit: 'quantity',
    isRatio: true,
    expression: of(`if(${RECOMMENDATIONS} = 0, null, round(100 * ${NET} / ${RECOMMENDATIONS}, 2))`),
  }),
  define({
    id: 'nps_low',
    label: 'NPS, lower',
    formula: 'Lower bound of nps: normal approximation, 95 %.',
    unit: 'quantity',
    isRatio: true,
    expression: netPromoterBound('-'),
  }),
  define({
    id: 'nps_high',
    label: 'NPS, upper',
    formula: 'Upper bound of nps: normal approximation, 95 %.',
    unit: 'quantity',
    isRatio: true,
    expression: netPromoterBound('+'),
  }),
];

export const SENTIMENT_DEPARTMENT: Department = {
  id: 'sentiment',
  scope: 'sentiment:read',
  metrics: [...ofFeedback, ...ofTickets, ...ofSatisfaction],
  surfaces: SURFACES,
  completenessModel: FEEDBACK,
  standardMetrics: [
    'feedback',
    'mean_sentiment',
    'positive_share',
    'negative_share',
    'ratings',
    'mean_rating',
    'tickets_opened',
    'tickets_resolved',
    'csat',
  ],
};

/** What is said of a single text. */
export const TEXT_METRICS: readonly MetricDefinition[] = [
  define({
    id: 'compound',
    label: 'Sentiment',
    formula:
      'Compound score of VADER from −1 to 1: the sum x of what the words say, negated and ' +
      'strengthened by those around them, as x / √(x² + 15).',
    unit: 'ratio',
    isRatio: true,
    expression: { [TEXTS]: '' },
  }),
];

export const TEXT_DEPARTMENT: Department = {
  ...SENTIMENT_DEPARTMENT,
  metrics: TEXT_METRICS,
  standardMetrics: TEXT_METRICS.map(({ id }) => id),
  surfaces: [TEXT_SURFACE],
};
