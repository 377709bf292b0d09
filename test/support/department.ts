/** A department of two models for the specs of modules/metrics, which know no real one. */
import type { Department, MetricDefinition } from '../../src/modules/metrics/definition.js';

const ORDERS = 'gold.sales_15m';
const LINES = 'gold.product_15m';

const metric = (id: string, expression: MetricDefinition['expression']): MetricDefinition => ({
  id,
  version: 1,
  label: id,
  formula: id,
  unit: 'count',
  owner: 'tests',
  expression,
});

const both = (expression: string) => ({ [ORDERS]: expression, [LINES]: expression });
const dimension = (id: string, key: string) => ({ id, label: id, key });
const shared = ['country', 'device', 'source'].map((id) => dimension(id, `m.${id}`));

export const SAMPLE_DEPARTMENT: Department = {
  id: 'sample',
  scope: 'sales:read',
  metrics: [
    metric('gross_sales', both('sum(m.gross)')),
    metric('refunds', { [ORDERS]: 'sum(m.refunds)' }),
    metric('orders', { [ORDERS]: 'sum(m.orders)', [LINES]: 'uniqExactMerge(m.orders)' }),
    metric('units', both('sum(m.units)')),
  ],
  surfaces: [
    { model: ORDERS, time: 'm.bucket_at', dimensions: shared },
    {
      model: LINES,
      time: 'm.bucket_at',
      dimensions: [
        ...shared,
        { ...dimension('product', 'm.product_id'), labelOf: 'argMax(m.product_name, m.bucket_at)' },
        dimension('category', 'm.category'),
        dimension('brand', 'm.brand'),
      ],
    },
  ],
  completenessModel: ORDERS,
  standardMetrics: ['gross_sales', 'refunds', 'orders'],
};
