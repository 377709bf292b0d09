/** Cohorts over random visits and orders, against counting the members one by one. */
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { rest, type RetentionReply } from './client.js';
import { MUG, openShop, order, type Deed, type Shop, type Visit } from './shop.js';

const VISITORS = 120;
const QUESTIONS = 30;
const SEED = 20260112;
const START = DateTime.utc(2026, 1, 1);

/** Hours of visits from the start, the first pages of an hour, with what was bought, or 0. */
const visitor = fc.uniqueArray(
  fc.record({ hour: fc.nat(1400), cents: fc.constantFrom(0, 0, 1000, 2599, 33) }),
  { minLength: 1, maxLength: 6, selector: ({ hour }) => hour },
);
const visitors = fc
  .sample(fc.array(visitor, { minLength: VISITORS, maxLength: VISITORS }), {
    seed: SEED,
    numRuns: 1,
  })[0]!
  .map((visits) => [...visits].sort((left, right) => left.hour - right.hour));

interface Act {
  at: DateTime;
  cents: number;
}

/** Of each visitor, who is a customer of the same name from the first order on. */
const told = visitors.map((visits) => ({
  visits: visits.map(({ hour }): Act => ({ at: START.plus({ hours: hour }), cents: 0 })),
  orders: visits
    .filter(({ cents }) => cents > 0)
    .map(({ hour, cents }): Act => ({ at: START.plus({ hours: hour, minutes: 5 }), cents })),
}));

function visitsOf(index: number): Visit[] {
  return visitors[index]!.map(({ hour, cents }) => {
    const product = { ...MUG, price: cents / 100, quantity: 1 };
    const buy: Deed[] =
      cents > 0 ? [[5, 'Order Completed', order(`o${index}-${hour}`, [product])]] : [];
    const at = START.plus({ hours: hour }).toJSDate().toISOString();
    const user = cents > 0 ? { user: `c${index}` } : {};
    return { visitor: `v${index}`, at, ...user, did: [[0, '/'], ...buy] };
  });
}

const question = fc.record({
  cohort: fc.constantFrom('first_visit', 'first_order'),
  activity: fc.constantFrom('visits', 'orders'),
  granularity: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  timezone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/Los_Angeles', 'Pacific/Auckland'),
  fromDay: fc.integer({ min: 0, max: 30 }),
  days: fc.constantFrom(3, 14, 60),
  periods: fc.constantFrom(1, 4, 60),
});
type Question = typeof question extends fc.Arbitrary<infer Value> ? Value : never;

function cohortsOf(asked: Question) {
  const { granularity, timezone, periods } = asked;
  const from = DateTime.fromISO('2026-01-01', { zone: timezone }).plus({ days: asked.fromDay });
  const to = from.plus({ days: asked.days });
  const periodOf = (at: DateTime) => at.setZone(timezone).startOf(granularity);
  const found = new Map<string, { size: number; periods: { members: number; cents: number }[] }>();
  for (const { visits, orders } of told) {
    const joinedAt = (asked.cohort === 'first_visit' ? visits : orders)[0]?.at;
    if (!joinedAt || joinedAt < from || joinedAt >= to) continue;
    const key = periodOf(joinedAt).toISODate()!;
    const cohort = found.get(key) ?? { size: 0, periods: [] };
    found.set(key, cohort);
    cohort.size += 1;
    // Of the visit in which an order was placed the first page is five minutes older.
    const acts = (asked.activity === 'visits' ? visits : orders).filter(
      ({ at }) => at.plus({ minutes: 5 }) >= joinedAt,
    );
    const seen = new Set<number>();
    for (const { at, cents } of acts) {
      const began = at < joinedAt ? joinedAt : at;
      const unit = `${granularity}s` as const;
      const period = Math.round(periodOf(began).diff(periodOf(joinedAt), unit)[unit]);
      if (period >= periods) continue;
      while (cohort.periods.length <= period) cohort.periods.push({ members: 0, cents: 0 });
      cohort.periods[period]!.cents += cents;
      if (!seen.has(period)) cohort.periods[period]!.members += 1;
      seen.add(period);
    }
  }
  const rows = [...found].sort(([left], [right]) => (left < right ? -1 : 1));
  return rows.map(([key, cohort]) => [key, cohort.size, ...shown(cohort, asked)]);
}

/** Each period's members, with the revenue so far of each member where orders are asked for. */
function shown(
  { size, periods }: { size: number; periods: { members: number; cents: number }[] },
  { activity }: Question,
) {
  let cents = 0;
  const whole = periods.length > 0 ? periods : [{ members: 0, cents: 0 }];
  return whole.map((period) => {
    cents += period.cents;
    const revenue = new Decimal(cents).div(100).div(size).toDecimalPlaces(2).toFixed(2);
    return activity === 'orders' ? `${period.members}: ${revenue}` : period.members;
  });
}

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(told.flatMap((_, index) => visitsOf(index)));
});

it('are those that counting finds', async () => {
  const property = fc.asyncProperty(question, async (asked) => {
    const { fromDay, days, ...parameters } = asked;
    const from = START.plus({ days: fromDay });
    const range = { from: from.toISODate()!, to: from.plus({ days }).toISODate()! };
    const { data } = await rest<RetentionReply>(shop, 'behaviour/retention', {
      ...range,
      ...parameters,
    });
    const found = data.rows.map(({ key, size, periods }) => [
      key,
      size,
      ...periods.map(({ members, cumulative_revenue_per_member: revenue }) =>
        revenue === null ? members : `${members}: ${revenue}`,
      ),
    ]);
    expect(found).toEqual(cohortsOf(asked));
    const { cohort, activity } = asked;
    const isWhole = data.rows.every(({ size, periods }) => periods[0]!.members === size);
    // Who came for the first time was there.
    expect(isWhole || (cohort === 'first_visit' && activity === 'orders')).toBe(true);
  });
  await fc.assert(property, { seed: SEED, numRuns: QUESTIONS, endOnFailure: true });
});
