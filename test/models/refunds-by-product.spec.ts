/** Refunds shared out to the products of their orders: golden tables over three increments. */
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { cancelled, expectRows, line, placed, refunded } from './golden.js';
import { at, expectLedgersAgree, tellStoriesOf, type StoriesOf } from './stories.js';

const VIEWS = {
  /** The kind, its day, the line and product that it falls to, and the goods. */
  parts: `
    select order_id, kind, formatDateTime(occurred_at, '%m-%d'), line_number, product_id, goods
    from silver.refund_lines order by order_id, occurred_at, kind, adjustment_id, line_number`,
  /** By who reports it: product, gross, discount, refunds. */
  products: `
    select source, product_id, sum(p.gross), sum(p.discount), sum(p.refunds)
    from gold.product_15m as p where currency != '' group by all order by all`,
} as const;

/** What the parts of a refund miss of it, or have too much. */
const UNSHARED = `
  select order_id, kind, adjustment_id, sum(part) from (
    select order_id, kind, adjustment_id, goods as part from silver.refunds where not is_test
    union all
    select order_id, kind, adjustment_id, -goods from silver.refund_lines
  ) group by all having sum(part) != 0`;

const SHARED = 'toDecimal128(gross, 6), toDecimal128(discount, 6), toDecimal128(refunds, 6)';
const DIMENSIONS = `bucket_at, currency, source, country, device_type, channel, utm_source,
  utm_medium, utm_campaign, customer_known`;
/** Where the products of a bucket do not sum to its sales. */
const UNBALANCED = `
  select ${DIMENSIONS}, sumMap([1, 2, 3], amounts) as difference
  from (
    select ${DIMENSIONS}, [${SHARED}] as amounts from gold.sales_15m
    union all
    select ${DIMENSIONS}, arrayMap(amount -> -amount, [${SHARED}]) from gold.product_15m
    where currency != ''
  )
  group by ${DIMENSIONS} having notEmpty(difference.1)`;

async function expectPartsSum(pipeline: TestPipeline): Promise<void> {
  await expectRows(pipeline.warehouse, UNSHARED, '');
  await expectRows(pipeline.warehouse, UNBALANCED, '');
  await expectLedgersAgree(pipeline);
}

const PLACED = at('11-02');
/** Two lines, 60 and 40, less 10. */
const two = { products: [line('p1', 2, 30), line('p2', 1, 40)], discount: 10 };
const ordered = (source: string, properties: JsonObject = two): BronzeEvent =>
  placed(source, PLACED, properties, { source });
const givenBack = (source: string, day: string, properties: JsonObject): BronzeEvent =>
  refunded(source, at(day), { refund_id: `${source}-${day}`, ...properties }, { source });
const called = (source: string, event: string, day: string): BronzeEvent => ({
  ...cancelled(source, at(day), { source }),
  event,
});

const stories: StoriesOf<keyof typeof VIEWS> = {
  'one that names products falls to these, by what it says that they were worth': {
    ids: 'named',
    steps: [
      {
        events: [
          ordered('named'),
          givenBack('named', '11-03', { products: [line('p1', 1, 30)] }),
          givenBack('named', '11-04', {
            products: [line('p2', 1, 40), line('p1', 1, 10)],
            total: 25,
          }),
        ],
        then: {
          parts: `
            named | refund | 11-03 | 1 | p1 | 27
            named | refund | 11-04 | 1 | p1 | 5
            named | refund | 11-04 | 2 | p2 | 20`,
          products: `
            named | p1 | 60 | 6 | 32
            named | p2 | 40 | 4 | 20`,
        },
      },
    ],
  },
  'one that states a total falls to all lines, to the millionth': {
    ids: 'total',
    steps: [
      {
        events: [
          ordered('total', { products: ['p1', 'p2', 'p3'].map((id) => line(id, 1, 10)) }),
          givenBack('total', '11-03', { total: 10 }),
          givenBack('total', '11-04', { total: '0.000001' }),
        ],
        then: {
          parts: `
            total | refund | 11-03 | 1 | p1 | 3.333333
            total | refund | 11-03 | 2 | p2 | 3.333334
            total | refund | 11-03 | 3 | p3 | 3.333333
            total | refund | 11-04 | 1 | p1 | 0
            total | refund | 11-04 | 2 | p2 | 0.000001
            total | refund | 11-04 | 3 | p3 | 0`,
        },
      },
    ],
  },
  'a cancellation takes the rest from all lines, a reinstatement gives it back to them': {
    ids: 'cancel',
    steps: [
      {
        events: [ordered('cancel'), givenBack('cancel', '11-03', { total: 40 })],
        then: {
          parts: `
            cancel | refund | 11-03 | 1 | p1 | 24
            cancel | refund | 11-03 | 2 | p2 | 16`,
        },
      },
      {
        events: [called('cancel', 'Order Cancelled', '11-04')],
        then: {
          parts: `
            cancel | refund       | 11-03 | 1 | p1 | 24
            cancel | refund       | 11-03 | 2 | p2 | 16
            cancel | cancellation | 11-04 | 1 | p1 | 30
            cancel | cancellation | 11-04 | 2 | p2 | 20`,
          products: `
            cancel | p1 | 60 | 6 | 54
            cancel | p2 | 40 | 4 | 36`,
        },
      },
      {
        events: [called('cancel', 'Order Reinstated', '11-05')],
        then: {
          parts: `
            cancel | refund        | 11-03 | 1 | p1 | 24
            cancel | refund        | 11-03 | 2 | p2 | 16
            cancel | cancellation  | 11-04 | 1 | p1 | 30
            cancel | cancellation  | 11-04 | 2 | p2 | 20
            cancel | reinstatement | 11-05 | 1 | p1 | -30
            cancel | reinstatement | 11-05 | 2 | p2 | -20`,
          products: `
            cancel | p1 | 60 | 6 | 24
            cancel | p2 | 40 | 4 | 16`,
        },
      },
    ],
  },
  'what no line of the order holds falls to no known product': {
    ids: 'bare',
    steps: [
      {
        events: [
          ordered('bare', { total: 50 }),
          givenBack('bare', '11-03', { total: 20 }),
          { ...ordered('bare'), properties: { ...two, order_id: 'bare-lined' } },
          {
            ...givenBack('bare', '11-03', { products: [line('p9', 1, 15)] }),
            properties: {
              order_id: 'bare-lined',
              refund_id: 'r',
              total: 15,
              products: [line('p9', 1, 15)],
            },
          },
        ],
        then: {
          parts: `
            bare       | refund | 11-03 | 0 | unknown | 20
            bare-lined | refund | 11-03 | 0 | unknown | 15`,
          products: `
            bare | p1      | 60 | 6 | 0
            bare | p2      | 40 | 4 | 0
            bare | unknown | 50 | 0 | 35`,
        },
      },
    ],
  },
  'of what a refund names only what the order does not hold falls to no known product': {
    ids: 'mixed',
    steps: [
      {
        events: [
          ordered('mixed'),
          givenBack('mixed', '11-03', {
            products: [line('p2', 1, 30), line('p9', 1, 10)],
            total: 20,
          }),
        ],
        then: {
          parts: `
            mixed | refund | 11-03 | 0 | unknown | 5
            mixed | refund | 11-03 | 2 | p2 | 15`,
        },
      },
    ],
  },
  'a refund that comes before its order finds its lines when they come': {
    ids: 'orphan',
    steps: [
      {
        events: [givenBack('orphan', '11-03', { total: 20 })],
        then: {
          parts: 'orphan | refund | 11-03 | 0 | unknown | 20',
          products: 'orphan | unknown | 0 | 0 | 20',
        },
      },
      {
        events: [ordered('orphan')],
        then: {
          parts: `
            orphan | refund | 11-03 | 1 | p1 | 12
            orphan | refund | 11-03 | 2 | p2 | 8`,
          products: `
            orphan | p1 | 60 | 6 | 12
            orphan | p2 | 40 | 4 | 8`,
        },
      },
      {
        events: [
          {
            ...called('orphan', 'Order Updated', '11-02'),
            at: at('11-02', '13:00'),
            properties: { order_id: 'orphan', products: [line('p3', 1, 100)], discount: 10 },
          },
        ],
        then: {
          parts: 'orphan | refund | 11-03 | 1 | p3 | 20',
          products: 'orphan | p3 | 100 | 10 | 20',
        },
      },
    ],
  },
  'a test stands nowhere': {
    ids: 'test',
    steps: [
      {
        events: [
          ordered('test', { ...two, test: true }),
          givenBack('test', '11-03', { total: 20 }),
        ],
        then: { parts: '', products: '' },
      },
    ],
  },
};

describe('refunds by product over three increments', () =>
  tellStoriesOf(VIEWS, openTestPipeline, stories, expectPartsSum));
