import { thrownCode } from '../../../test/support/codes.js';
import { SAMPLE_DEPARTMENT } from '../../../test/support/department.js';
import type { Department } from './definition.js';
import { MAX_FILTER_VALUES, readRequest, type MetricArguments } from './request.js';

const DEFAULTS = { currency: 'USD', timezone: 'UTC', now: new Date('2026-05-20T12:00:00Z') };

const read = (given: MetricArguments, by?: string, department: Department = SAMPLE_DEPARTMENT) =>
  readRequest(department, given, DEFAULTS, by);

const codeOf = (given: MetricArguments, by?: string) => thrownCode(() => read(given, by));

describe('metrics', () => {
  it('are the standard set when left out, in the order asked for otherwise, each once', () => {
    expect(read({}).metrics.map(({ id }) => id)).toEqual(SAMPLE_DEPARTMENT.standardMetrics);
    const given = { metrics: ['units', 'orders', 'units'] };
    expect(read(given).metrics.map(({ id }) => id)).toEqual(['units', 'orders']);
  });

  it.each([[['revenue']], [['orders', 'revenue']], [['ORDERS']], [['orders;--']], [[]], [['']]])(
    'are refused when unknown: %j',
    (metrics) => {
      expect(codeOf({ metrics })).toBe('unknown_metric');
    },
  );

  it('shows only the beginning of what a caller wrote', () => {
    expect(() => read({ metrics: ['x'.repeat(5_000)] })).toThrow(
      expect.objectContaining({ detail: expect.stringMatching(/^"x{60}" is not a metric here/) }),
    );
  });
});

describe('the surface', () => {
  it('is the first that has all that is asked for', () => {
    expect(read({}).surface.model).toBe('gold.sales_15m');
    expect(read({ metrics: ['gross_sales'] }, 'country').surface.model).toBe('gold.sales_15m');
    expect(read({ metrics: ['gross_sales'] }, 'product').surface.model).toBe('gold.product_15m');
    const filtered = { metrics: ['orders'], filter: { country: ['DE'], brand: ['Acme'] } };
    expect(read(filtered, 'device').surface.model).toBe('gold.product_15m');
  });

  it('names the dimensions that a metric allows', () => {
    expect(() => read({ metrics: ['gross_sales', 'refunds'] }, 'product')).toThrow(
      'dimension_not_allowed: refunds allows country, device, source.',
    );
    expect(codeOf({ filter: { category: ['Kitchen'] } })).toBe('dimension_not_allowed');
  });

  it.each(['city', '', 'COUNTRY', '__proto__', 'country; drop table x'])(
    'has no dimension %j',
    (id) => {
      expect(codeOf({}, id)).toBe('unknown_dimension');
      expect(codeOf({ filter: Object.fromEntries([[id, ['x']]]) })).toBe('unknown_dimension');
    },
  );

  it('is refused where no one model answers all metrics, though each has one', () => {
    const expression = (model: string) => ({ [model]: 'count()' });
    const metric = { ...SAMPLE_DEPARTMENT.metrics[0]!, version: 1 };
    const apart: Department = {
      ...SAMPLE_DEPARTMENT,
      metrics: [
        { ...metric, id: 'a', expression: expression('gold.a') },
        { ...metric, id: 'b', expression: expression('gold.b') },
      ],
      surfaces: ['gold.a', 'gold.b'].map((model) => ({ model, time: 'm.at', dimensions: [] })),
    };
    expect(thrownCode(() => read({ metrics: ['a', 'b'] }, undefined, apart))).toBe(
      'dimension_not_allowed',
    );
  });
});

describe('filters', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);

  it(`have 1 to ${MAX_FILTER_VALUES} values`, () => {
    expect(read({ filter: { country: values(100) } }).filters[0]!.values).toHaveLength(100);
    expect(codeOf({ filter: { country: values(101) } })).toBe('invalid_parameter');
    expect(codeOf({ filter: { country: [] } })).toBe('invalid_parameter');
  });
});

describe('the currency', () => {
  it.each(['usd', 'XXZ', 'DOLLAR', '', "USD' or 1=1"])('%j is refused', (currency) => {
    expect(codeOf({ currency })).toBe('unknown_currency');
  });

  it('is the reporting currency unless asked otherwise', () => {
    expect(read({}).currency).toBe('USD');
    expect(read({ currency: 'EUR' }).currency).toBe('EUR');
  });
});
