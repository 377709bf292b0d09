import { SAMPLE_DEPARTMENT } from '../../../test/support/department.js';
import { breakdownQuery, seriesQuery, summaryQuery, type Query } from './query-builder.js';
import { GRANULARITIES } from './range.js';
import { dimensionOf, readRequest, type MetricArguments } from './request.js';

const DEFAULTS = { currency: 'USD', timezone: 'UTC', now: new Date('2026-05-20T12:00:00Z') };
const HOSTILE = [
  "DE') or 1=1 --",
  '{from:String}',
  "x'; drop table gold.sales_15m",
  'select\u0000',
  '`m`.`x`',
];

const read = (given: MetricArguments, by?: string) =>
  readRequest(SAMPLE_DEPARTMENT, { from: '2026-01-01', to: '2026-02-01', ...given }, DEFAULTS, by);

function queriesOf(given: MetricArguments): Query[] {
  const request = read(given);
  const country = dimensionOf(request.surface, 'country');
  return [
    summaryQuery(request, request.range),
    ...GRANULARITIES.map((granularity) => seriesQuery(request, granularity)),
    breakdownQuery(request, country, 10, 20),
  ];
}

describe('lists and stocks', () => {
  const department = {
    ...SAMPLE_DEPARTMENT,
    surfaces: [
      {
        ...SAMPLE_DEPARTMENT.surfaces[0]!,
        dimensions: [{ id: 'topic', label: 'topic', key: 'm.topics', isList: true }],
        isStock: true,
      },
    ],
  };
  const request = readRequest(
    department,
    { from: '2026-01-01', to: '2026-02-01', metrics: ['orders'], filter: { topic: ['a', 'b'] } },
    DEFAULTS,
  );

  it('a list passes by any of its items once, and counts under each', () => {
    const { sql, parameters } = breakdownQuery(request, request.filters[0]!.dimension, 10, 0);
    expect(sql).toContain('hasAny(m.topics, {filter_0:Array(String)})');
    expect(sql).toContain('group by arrayJoin(m.topics)');
    expect(parameters['filter_0']).toEqual(['a', 'b']);
    expect(summaryQuery(request, request.range).sql).not.toContain('arrayJoin');
  });

  it('a stock counts what began before the range, and nothing after it', () => {
    const { sql } = summaryQuery(request, request.range);
    expect(sql).not.toContain('{from:');
    expect(sql).toContain("m.bucket_at < {to:DateTime64(3, 'UTC')}");
  });
});

describe('the SQL text', () => {
  it('is the same whatever a caller filters by, and the values stand in the parameters', () => {
    const plain = queriesOf({ filter: { country: ['DE'] } });
    for (const value of HOSTILE) {
      const hostile = queriesOf({ filter: { country: [value] } });
      expect(hostile.map(({ sql }) => sql)).toEqual(plain.map(({ sql }) => sql));
      for (const { parameters } of hostile) expect(parameters['filter_0']).toEqual([value]);
    }
  });

  it('does not hold dates, timezone, currency, limit or offset either', () => {
    const one = queriesOf({});
    const other = queriesOf({
      from: '2026-03-01',
      to: '2026-04-01',
      timezone: 'Europe/Vienna',
      currency: 'EUR',
    });
    expect(other.map(({ sql }) => sql)).toEqual(one.map(({ sql }) => sql));
    const breakdown = one.at(-1)!;
    expect(breakdown.sql).toMatch(/limit \{limit:UInt32\} offset \{offset:UInt32\}$/);
    expect(breakdown.parameters).toMatchObject({ limit: 11, offset: 20, currency: 'USD' });
  });

  it('names every parameter that it is given, and is given every one that it names', () => {
    const filter = { country: ['DE'], device: ['mobile'], source: ['web'] };
    for (const { sql, parameters } of queriesOf({ filter })) {
      const named = new Set([...sql.matchAll(/\{(\w+):/g)].map((match) => match[1]!));
      expect([...named].sort()).toEqual(Object.keys(parameters).sort());
    }
  });

  it('has its identifiers from the definitions', () => {
    const request = read({ metrics: ['units', 'orders'] }, 'product');
    const product = dimensionOf(request.surface, 'product');
    const { sql } = breakdownQuery(request, product, 10, 0);
    expect(sql).toBe(
      [
        'select toString(m.product_id) as key, argMax(m.product_name, m.bucket_at) as label, ' +
          'sum(m.units) as units, uniqExactMerge(m.orders) as orders',
        'from gold.product_15m as m',
        'where m.currency = {currency:String}',
        "  and m.bucket_at >= {from:DateTime64(3, 'UTC')}",
        "  and m.bucket_at < {to:DateTime64(3, 'UTC')}",
        'group by m.product_id',
        'order by units desc nulls last, key',
        'limit {limit:UInt32} offset {offset:UInt32}',
      ].join('\n'),
    );
  });

  it('gives the range in UTC and the timezone by the name that the engine knows', () => {
    const request = read({ timezone: 'europe/vienna' });
    expect(seriesQuery(request, 'day').parameters).toMatchObject({
      from: '2025-12-31 23:00:00.000',
      to: '2026-01-31 23:00:00.000',
      timezone: 'Europe/Vienna',
    });
  });
});
