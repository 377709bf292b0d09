import { loadProject } from '../project.js';
import { keptFrom, retentionRules, ruleOf } from './rules.js';

const monthsOf = (rawRetentionMonths: number, factRetentionMonths: number) =>
  Object.fromEntries(
    retentionRules({ rawRetentionMonths, factRetentionMonths }).map((rule) => [
      rule.id,
      rule.keep_months,
    ]),
  );

it.each([
  [84, '2026-11-30T23:59:59Z', '2019-11-01'],
  [84, '2026-12-01T00:00:00Z', '2019-12-01'],
  [13, '2026-01-01T00:00:00Z', '2024-12-01'],
  [null, '2026-01-01T00:00:00Z', null],
])('%s months before %s are kept from %s', (months, now, expected) => {
  expect(keptFrom(months, new Date(now))).toBe(expected);
});

it('keeps facts a month longer than the sums made of them, and zero for ever', () => {
  expect(monthsOf(24, 84)).toMatchObject({ raw: 24, aggregates: 84, facts: 85 });
  expect(monthsOf(0, 0)).toMatchObject({ raw: null, aggregates: null, facts: null, rejected: 13 });
});

it('takes every model with days of its own, and no register', () => {
  const rules = Object.fromEntries(
    loadProject().models.map((model) => [model.name, ruleOf(model)]),
  );
  expect(rules).toMatchObject({
    'silver.events': 'facts',
    'silver.sessions': 'facts',
    'gold.sales_15m': 'aggregates',
    'gold.product_15m': 'aggregates',
    'silver.customers': null,
    'silver.records': null,
    'gold.customer_clv': null,
    'gold.fct_orders': null,
  });
});
