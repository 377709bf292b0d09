/** What the answers about attribution hold: one department for each model, and one for all. */
import type { Department, MetricDefinition } from '../metrics/definition.js';
import { CAMPAIGNS_DEPARTMENT } from './campaigns.metrics.js';
import { CREDIT_SURFACE, CREDITS, PERFORMANCE, SURFACES, TOUCHES } from './campaigns.surfaces.js';

/** In words: what of an order a touch gets. */
export const ATTRIBUTION_MODELS = {
  last_non_direct: 'the last touch that is not direct; the last if all are',
  first: 'the first touch',
  last: 'the last touch',
  linear: 'all touches alike',
  position_based:
    'the first and the last a fixed share each (40 % unless the rules say otherwise) and those ' +
    'between the rest',
  time_decay:
    'each touch, half as much for every half-life (7 days unless the rules say otherwise) that it ' +
    'lies before the order',
} as const;
export type AttributionModel = keyof typeof ATTRIBUTION_MODELS;
export const MODEL_IDS = Object.keys(ATTRIBUTION_MODELS) as AttributionModel[];

const TOUCHES_ARE =
  'Touches are the sessions up to the order within the lookback on all devices of the customer.';

/** Without `sql` its numbers are not of one expression: see the queries. */
const define = (
  metric: Omit<MetricDefinition, 'version' | 'owner' | 'expression'> & {
    model?: string;
    sql?: string;
  },
): MetricDefinition => {
  const { model = CREDITS, sql = '', ...rest } = metric;
  return { version: 1, owner: 'campaigns', ...rest, expression: { [model]: sql } };
};

const creditedBy = (model: AttributionModel) => (column: string) =>
  `sumIf(m.${column}, m.attribution_model = '${model}')`;

const SPEND = define({
  id: 'spend',
  label: 'Spend',
  formula: 'What ads cost, on the days of the ad platforms.',
  unit: 'money',
  sql: 'sum(m.spend)',
});

function metricsOf(model: AttributionModel, share: string): readonly MetricDefinition[] {
  const credited = creditedBy(model);
  const net = `${credited('revenue')} - ${credited('refunds')}`;
  return [
    define({
      id: 'credited_net_revenue',
      label: 'Credited net revenue',
      formula:
        'Credited revenue, on the day of the order − credited refunds, on the day of the refund.',
      unit: 'money',
      sql: net,
    }),
    define({
      id: 'credited_revenue',
      label: 'Credited revenue',
      formula: `Gross − discounts of orders, credited to ${share}. ${TOUCHES_ARE}`,
      unit: 'money',
      sql: credited('revenue'),
    }),
    define({
      id: 'credited_refunds',
      label: 'Credited refunds',
      formula: 'What was taken back of orders, in the shares in which they were credited.',
      unit: 'money',
      sql: credited('refunds'),
    }),
    define({
      id: 'credited_orders',
      label: 'Credited orders',
      formula: `Orders, credited to ${share}. ${TOUCHES_ARE}`,
      unit: 'quantity',
      sql: credited('credited_orders'),
    }),
    SPEND,
    define({
      id: 'credited_roas',
      label: 'Return on ad spend as credited',
      formula: 'Credited net revenue / spend, both of the range.',
      unit: 'ratio',
      isRatio: true,
      sql: `toDecimal128(${net}, 10) / nullIf(sum(m.spend), 0)`,
    }),
  ];
}

function department(id: string, metrics: readonly MetricDefinition[]): Department {
  return {
    ...CAMPAIGNS_DEPARTMENT,
    id: `campaigns/${id}`,
    metrics,
    surfaces: [CREDIT_SURFACE],
    standardMetrics: metrics.map((metric) => metric.id),
  };
}

/** The same metrics, credited by one model each. */
export const BY_MODEL = Object.fromEntries(
  MODEL_IDS.map((model) => [
    model,
    department(`attribution/${model}`, metricsOf(model, ATTRIBUTION_MODELS[model])),
  ]),
) as Record<AttributionModel, Department>;

const netBy = (model: AttributionModel) => {
  const credited = creditedBy(model);
  return define({
    id: `net_revenue_${model}`,
    label: `Net revenue, ${model.replaceAll('_', ' ')}`,
    formula:
      `Gross − discounts of orders, less refunds on their own day, credited to ` +
      `${ATTRIBUTION_MODELS[model]}. ${TOUCHES_ARE}`,
    unit: 'money',
    sql: `${credited('revenue')} - ${credited('refunds')}`,
  });
};

export const MODELS_DEPARTMENT = department('models', [...MODEL_IDS.map(netBy), SPEND]);

/** What the other views answer; their numbers come from queries/*.sql. */
export const TOUCH_DEPARTMENT: Department = {
  ...department('touchpoints', [
    define({
      id: 'touch_weight',
      label: 'Weight of a touch',
      formula: `The share of the order that a touch is credited with by each model. ${TOUCHES_ARE}`,
      unit: 'ratio',
      isRatio: true,
      model: TOUCHES,
    }),
  ]),
  surfaces: [{ model: TOUCHES, time: 'm.placed_at', dimensions: [], currency: 'all' }],
};

export const UNMATCHED_DEPARTMENT: Department = {
  ...department('unmatched', [
    define({
      id: 'unmatched_spend',
      label: 'Spend without sessions',
      formula:
        'Spend of campaigns that no session ever had, by name or by id, or only with another source or ' +
        'medium than the spend states.',
      unit: 'money',
      model: PERFORMANCE,
    }),
    define({
      id: 'unmatched_sessions',
      label: 'Sessions without spend',
      formula: 'Sessions of campaigns to which no spend could be matched.',
      unit: 'count',
      model: PERFORMANCE,
    }),
  ]),
  surfaces: SURFACES.filter(({ model }) => model === PERFORMANCE),
};

/** All of them, for the page of definitions. */
export const ATTRIBUTION_METRICS: readonly MetricDefinition[] = [
  ...BY_MODEL.last_non_direct.metrics
    .filter(({ id }) => id !== SPEND.id)
    .map((metric) => ({
      ...metric,
      formula: metric.formula.replace(ATTRIBUTION_MODELS.last_non_direct, 'touches by the model'),
    })),
  ...MODELS_DEPARTMENT.metrics.filter(({ id }) => id !== SPEND.id),
  ...TOUCH_DEPARTMENT.metrics,
  ...UNMATCHED_DEPARTMENT.metrics,
];
