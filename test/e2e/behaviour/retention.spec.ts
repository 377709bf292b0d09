/**
 * Cohorts of a shop that is reckoned by hand. 2026, UTC; weeks begin on the Mondays 5, 12, 19, 26
 * January and 2 February:
 *
 *   visitor  visits                                   orders
 *   r1 ann    6 Jan · 14 Jan · 28 Jan · 29 Jan         6 Jan 100 · 28 Jan 50, told again on the 29th
 *   r2 ben   11 Jan 23:50 to 12 Jan 00:10 · 13 Jan     12 Jan 00:10 30
 *   r3       13 Jan, by e-mail
 *   r4 cat   13 Jan · 3 Feb                            3 Feb 20 EUR
 *
 * Ann signs up on the 6th, Ben on the 12th at 00:05.
 */
import { postGraphql } from '../sales/client.js';
import { graphql, rest, summaryOf, sum, type Parameters, type RetentionReply } from './client.js';
import { MUG, openShop, order, type Deed, type Shop } from './shop.js';

const RANGE = { from: '2026-01-05', to: '2026-02-02' };

const visit = (visitor: string, at: string, user: string, ...did: Deed[]) => ({
  ...{ visitor, at: `2026-${at}:00Z`, did: [[0, '/'], ...did] as Deed[] },
  ...(user ? { user } : {}),
});
const buy = (minutes: number, id: string, price: number, currency = 'USD'): Deed => [
  minutes,
  'Order Completed',
  order(id, [{ ...MUG, price, quantity: 1 }], { currency }),
];

let shop: Shop;
beforeAll(async () => {
  shop = await openShop([
    visit('r1', '01-06T10:00', 'ann', [1, 'Signed Up', {}], buy(2, 'O1', 100)),
    visit('r1', '01-14T10:00', 'ann'),
    visit('r1', '01-28T10:00', 'ann', buy(2, 'O2', 50)),
    // The page of thanks, opened again the next day.
    visit('r1', '01-29T10:00', 'ann', buy(2, 'O2', 50)),
    visit('r2', '01-11T23:50', 'ben', [15, 'Signed Up', {}], buy(20, 'O3', 30)),
    visit('r2', '01-13T10:00', 'ben'),
    { ...visit('r3', '01-13T11:00', ''), query: '?utm_source=letter&utm_medium=email' },
    visit('r4', '01-13T12:00', ''),
    visit('r4', '02-03T12:00', 'cat', buy(1, 'O4', 20, 'EUR')),
  ]);
});

/** Cohort, size, then of each period the members and the revenue of each so far. */
async function cohorts(parameters: Parameters) {
  const given = { ...RANGE, ...parameters };
  const { data } = await rest<RetentionReply>(shop, 'behaviour/retention', given);
  return data.rows.map(({ key, size, periods }) => {
    expect(periods.map(({ period }) => period)).toEqual(periods.map((_, index) => index));
    for (const { members, rate } of periods) expect(rate).toBeCloseTo(members / size, 6);
    return [
      key,
      size,
      ...periods.map(({ members, cumulative_revenue_per_member: revenue }) =>
        revenue === null ? members : `${members}: ${revenue}`,
      ),
    ];
  });
}

it.each<[Parameters, unknown[][]]>([
  [
    {},
    [
      ['2026-01-05', 2, 2, 2, 0, 1],
      ['2026-01-12', 2, 2, 0, 0, 1],
    ],
  ],
  [
    { periods: 2 },
    [
      ['2026-01-05', 2, 2, 2],
      ['2026-01-12', 2, 2],
    ],
  ],
  [{ granularity: 'month' }, [['2026-01-01', 4, 4, 1]]],
  [
    { granularity: 'day', periods: 3 },
    [
      ['2026-01-06', 1, 1],
      ['2026-01-11', 1, 1, 0, 1],
      ['2026-01-13', 2, 2],
    ],
  ],
  // In Kolkata Ben came on Monday already.
  [
    { timezone: 'Asia/Kolkata' },
    [
      ['2026-01-05', 1, 1, 1, 0, 1],
      ['2026-01-12', 3, 3, 0, 0, 1],
    ],
  ],
  [{ 'filter[channel]': 'email' }, [['2026-01-12', 1, 1]]],
  [
    { activity: 'orders' },
    [
      ['2026-01-05', 2, '1: 50.00', '1: 65.00', '0: 65.00', '1: 90.00'],
      ['2026-01-12', 2, '0: 0.00'],
    ],
  ],
  [
    { activity: 'orders', currency: 'EUR', from: '2026-01-12' },
    [['2026-01-12', 2, '0: 0.00', '0: 0.00', '0: 0.00', '1: 10.00']],
  ],
  // Cat's first order is after the range.
  [
    { cohort: 'first_order', activity: 'orders', granularity: 'month' },
    [['2026-01-01', 2, '2: 90.00']],
  ],
  // The visit in which they order is one.
  [
    { cohort: 'first_order' },
    [
      ['2026-01-05', 1, 1, 1, 0, 1],
      ['2026-01-12', 1, 1],
    ],
  ],
  [
    { cohort: 'sign_up', granularity: 'day' },
    [
      ['2026-01-06', 1, 1, 0, 0, 0, 0, 0, 0, 0, 1],
      ['2026-01-12', 1, 1, 1],
    ],
  ],
  [
    { cohort: 'sign_up', activity: 'orders', granularity: 'month' },
    [['2026-01-01', 2, '2: 90.00']],
  ],
  // Ben's visit began before the range, and he signs up within it.
  [{ cohort: 'sign_up', from: '2026-01-12' }, [['2026-01-12', 1, 1]]],
])('%j', async (parameters, expected) => {
  expect(await cohorts(parameters)).toEqual(expected);
});

it('sizes of first visits sum to the new visitors', async () => {
  for (const granularity of ['day', 'week', 'month']) {
    const filters: Parameters[] = [{}, { 'filter[channel]': 'direct' }];
    for (const filter of filters) {
      const rows = await cohorts({ granularity, ...filter });
      const asked = { ...RANGE, ...filter, metrics: 'new_visitors' };
      const whole = await summaryOf(shop, asked);
      expect(sum(rows.map(([, size]) => size as number))).toBe(whole['new_visitors']);
    }
  }
});

it('what customers do may change by identity stitching, and the answer says so', async () => {
  const completenessOf = async (cohort: string) =>
    (await rest<RetentionReply>(shop, 'behaviour/retention', { cohort })).meta.completeness;
  expect(await completenessOf('first_visit')).toBe('complete');
  expect(await completenessOf('first_order')).toBe('provisional');
  expect(await completenessOf('sign_up')).toBe('provisional');
});

it('is the same by GraphQL', async () => {
  const given = { ...RANGE, activity: 'orders' };
  const { data } = await rest<RetentionReply>(shop, 'behaviour/retention', given);
  const periods = 'period members rate cumulative_revenue_per_member: cumulativeRevenuePerMember';
  const { rows } = await graphql<RetentionReply['data']>(
    shop,
    'behaviourRetention',
    `activity: ORDERS, cohort: FIRST_VISIT, granularity: WEEK`,
    `{ rows { key label size periods { ${periods} } } }`,
    RANGE,
  );
  expect(rows).toEqual(data.rows);
});

it('shows revenue only to who may read sales', async () => {
  const given = { ...RANGE, cohort: 'first_order', activity: 'orders' };
  const shown = await rest<RetentionReply>(shop, 'behaviour/retention', given);
  const other = { ...shop, readKey: await shop.key('behaviour:read') };
  const hidden = await rest<RetentionReply>(other, 'behaviour/retention', given);
  const moneyOf = ({ data }: RetentionReply) =>
    data.rows.flatMap(({ periods }) => periods.map((one) => one.cumulative_revenue_per_member));
  expect(moneyOf(shown).every((money) => typeof money === 'string')).toBe(true);
  expect(moneyOf(hidden)).toEqual(moneyOf(shown).map(() => null));
  const query = `{ behaviourRetention(from: "${RANGE.from}", to: "${RANGE.to}", cohort: FIRST_ORDER,
    activity: ORDERS) { rows { periods { cumulativeRevenuePerMember } } } }`;
  const { text } = await postGraphql(shop, other.readKey, query);
  expect(text).toContain('cumulativeRevenuePerMember');
  expect(text).not.toMatch(/cumulativeRevenuePerMember":"/);
});
