/** Lifetime value against the published CDNOW figures, and against what the models say by definition. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { chance, repeatPurchases } from '../../../../test/support/shoppers.js';
import {
  expectedPurchases,
  fitBgNbd,
  probabilityAlive,
  purchaseForecaster,
  type BgNbdParameters,
  type Customers,
} from './bg-nbd.js';
import { fitClv, MIN_REPEAT_CUSTOMERS, type ClvFitInput } from './clv-fit.js';
import { scoreClv } from './clv-score.js';
import { expectedSpend, fitGammaGamma } from './gamma-gamma.js';
import { lifetimeValuer } from './lifetime-value.js';
import { minimise } from './minimise.js';
import { digamma, hypergeometric, logGamma } from './special-functions.js';

const folder = join(process.env['CARTOGRAPH_DATASETS'] ?? '', 'cdnow');
const summary = join(folder, 'cdnow_customers_summary_with_transactions.csv');
const hasData = process.env['CARTOGRAPH_DATASETS'] !== undefined && existsSync(summary);
if (!hasData) process.stderr.write('SKIPPED cdnow: CARTOGRAPH_DATASETS is not set\n');

/** Parameters as published for CDNOW. */
const CDNOW: BgNbdParameters = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const SPEND = { p: 6.25, q: 3.74, v: 15.44 };

const within = (share: number, found: number, expected: number) =>
  expect(Math.abs(found / expected - 1)).toBeLessThan(share);

describe('special functions', () => {
  it.each([
    [0.1, 2.25271265173421, -10.4237549404111],
    [1, 0, -0.577215664901533],
    [0.5, 0.5723649429247, -1.96351002602142],
    [7.5, 7.53436423675873, 1.94675748424609],
    [200, 857.933669825857, 5.29581528321991],
  ])('logGamma and digamma of %d', (z, log, slope) => {
    expect(logGamma(z)).toBeCloseTo(log, 10);
    expect(digamma(z)).toBeCloseTo(slope, 10);
  });

  it('the hypergeometric function where it is an elementary one', () => {
    expect(hypergeometric(1, 1, 2, 0.9)).toBeCloseTo(-Math.log(0.1) / 0.9, 10);
    expect(hypergeometric(-2, 0.5, 3, 0.7)).toBeCloseTo(1 - 0.7 / 3 + (0.75 / 12) * 0.49, 12);
  });
});

describe('the minimum', () => {
  it('of a narrow bent valley is found', () => {
    const valley = ([x, y]: number[]) => ({
      value: (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
      gradient: [2 * (x! - 1) - 400 * x! * (y! - x! ** 2), 200 * (y! - x! ** 2)],
    });
    const { point, hasConverged } = minimise(valley, [-1.2, 1], 10);
    expect(hasConverged).toBe(true);
    expect(point[0]).toBeCloseTo(1, 7);
    expect(point[1]).toBeCloseTo(1, 7);
  });

  it('of what has none is not', () => {
    const slide = ([x]: number[]) => ({ value: Math.exp(-x!), gradient: [-Math.exp(-x!)] });
    expect(minimise(slide, [0], 12).hasConverged).toBe(false);
  });
});

const history = fc.integer({ min: 1, max: 1500 }).chain((days) =>
  fc.record({
    frequency: fc.integer({ min: 0, max: 60 }),
    recency: fc.double({ min: 0, max: days / 7, noNaN: true }),
    age: fc.constant(days / 7),
  }),
);
const parameters = fc.record({
  r: fc.double({ min: 0.05, max: 5, noNaN: true }),
  alpha: fc.double({ min: 0.2, max: 60, noNaN: true }),
  a: fc.double({ min: 0.05, max: 8, noNaN: true }),
  b: fc.double({ min: 0.6, max: 20, noNaN: true }),
});

describe('expectations', () => {
  it('grow with the time ahead, from nothing, and no faster than its purchase rate', () => {
    fc.assert(
      fc.property(parameters, history, (own, given) => {
        const seen = { ...given, recency: given.frequency === 0 ? 0 : given.recency };
        const times = [1e-4, 1, 10, 52];
        const expected = times.map((ahead) => expectedPurchases(own, seen, ahead));
        for (let step = 1; step < times.length; step += 1) {
          expect(expected[step]!).toBeGreaterThan(expected[step - 1]!);
        }
        const rate = (own.r + seen.frequency) / (own.alpha + seen.age);
        expect(expected[0]! / times[0]! / rate).toBeLessThanOrEqual(1.0001);
        for (const [place, ahead] of times.entries()) {
          expect(expected[place]!).toBeLessThanOrEqual(rate * ahead * 1.0001);
          expect(purchaseForecaster(own, times)(seen)[place]).toBeCloseTo(expected[place]!, 10);
        }
        // At once, who is alive buys at his rate.
        const alive = probabilityAlive(own, seen) ?? 1;
        within(0.01, expected[0]! / times[0]!, alive * rate);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('is the same by simulation of the story that the model tells', () => {
    const random = chance(11);
    const own = { r: 0.9, alpha: 6, a: 1.2, b: 3 };
    let bought = 0;
    const people = 60_000;
    for (let person = 0; person < people; person += 1) {
      bought += repeatPurchases(own, 40, random).length;
    }
    const unseen = { frequency: 0, recency: 0, age: 0 };
    within(0.02, bought / people, expectedPurchases(own, unseen, 40));
  });

  it('p(alive) is null without a repeat order', () => {
    expect(probabilityAlive(CDNOW, { frequency: 0, recency: 0, age: 38.86 })).toBeNull();
    const alive = probabilityAlive(CDNOW, { frequency: 2, recency: 30.43, age: 38.86 });
    expect(alive).toBeCloseTo(0.7266, 3);
  });

  it('lifetime value is that of the months, each discounted, and of no customer below zero', () => {
    const seen = { frequency: 2, recency: 30.43, age: 38.86 };
    const spender = { purchases: 2, meanSpend: 22.35 };
    const { expectedOrders, expectedOrderValue, value } = lifetimeValuer(CDNOW, SPEND)(
      seen,
      spender,
    );
    const month = 365.25 / 12 / 7;
    let orders = 0;
    let worth = 0;
    for (let count = 1; count <= 12; count += 1) {
      const until = expectedPurchases(CDNOW, seen, count * month);
      worth += ((until - orders) * expectedOrderValue) / 1.01 ** count;
      orders = until;
    }
    expect(expectedOrders).toBeCloseTo(orders, 10);
    expect(expectedOrderValue).toBeCloseTo((6.25 * (15.44 + 44.7)) / (12.5 + 2.74), 10);
    expect(value).toBeCloseTo(worth, 8);
  });
});

it('finds the parameters by which customers were made', () => {
  const random = chance(3);
  const own = { r: 0.8, alpha: 5, a: 0.9, b: 2.5 };
  const groups = Array.from({ length: 30_000 }, (): Customers => {
    const age = 20 + 60 * random();
    const times = repeatPurchases(own, age, random);
    return { frequency: times.length, recency: times.at(-1) ?? 0, age, customers: 1 };
  });
  const fit = fitBgNbd(groups);
  expect(fit.hasConverged).toBe(true);
  within(0.05, fit.r, own.r);
  within(0.07, fit.alpha, own.alpha);
  within(0.12, fit.a, own.a);
  within(0.12, fit.b, own.b);
});

describe('of a table', () => {
  const row = (part: ClvFitInput['part'], given: Partial<ClvFitInput>): ClvFitInput => ({
    ...{ part, as_of: '2026-03-01 00:00:00.000', currency: 'USD', frequency: 0, recency_days: 0 },
    ...{ age_days: 70, held_out_days: 30, held_out_orders: 0, customers: 1, mean_spend: 0 },
    ...{ standing: '', ...given },
  });
  const repeaters = (customers: number) =>
    row('purchases', { frequency: 1, recency_days: 20, customers });

  it('says that repeat customers are too few, and keeps what stands', () => {
    const earlier = { as_of: '2026-02-28 00:00:00.000', currency: 'USD', status: 'fitted', r: 0.5 };
    const rows = fitClv([
      row('standing', { standing: JSON.stringify(earlier) }),
      row('purchases', { customers: 500 }),
      repeaters(MIN_REPEAT_CUSTOMERS - 1),
    ]);
    expect(rows[0]).toEqual(earlier);
    expect(rows[1]).toMatchObject({
      ...{ status: 'too_few_repeat_customers', customers: 500 + MIN_REPEAT_CUSTOMERS - 1 },
      ...{ repeat_customers: MIN_REPEAT_CUSTOMERS - 1, r: null, p: null, log_likelihood: null },
    });
  });

  it('says that nothing converged where all spend the same', () => {
    const alike = Array.from({ length: 60 }, () => row('spend', { frequency: 2, mean_spend: 10 }));
    const [fit] = fitClv([row('purchases', { customers: 500 }), repeaters(300), ...alike]);
    expect(fit).toMatchObject({ status: 'not_converged', r: null, q: null });
  });

  it('scores nobody without a fit', () => {
    const customer = {
      ...{ as_of: '2026-03-01 00:00:00.000', customer_id: 'c', currency: 'USD', frequency: 3 },
      ...{ recency_days: 60, age_days: 70, mean_spend: 20, status: 'not_converged' as const },
      ...{ r: null, alpha: null, a: null, b: null, p: null, q: null, v: null },
    };
    const none = { p_alive: null, expected_orders: null, expected_order_value: null, clv: null };
    expect(scoreClv([customer])).toMatchObject([none]);
    const [scored] = scoreClv([{ ...customer, status: 'fitted', ...CDNOW, ...SPEND }]);
    const seen = { frequency: 3, recency: 60 / 7, age: 10 };
    const spender = { purchases: 3, meanSpend: 20 };
    expect(Number(scored!.clv)).toBeCloseTo(lifetimeValuer(CDNOW, SPEND)(seen, spender).value, 5);
    expect(scored!.p_alive).toBe(probabilityAlive(CDNOW, seen));
  });
});

interface CdnowCustomer {
  x: string;
  t_x: string;
  T: string;
  zbar: string;
}

(hasData ? describe : describe.skip)('cdnow', () => {
  const customers = hasData
    ? (parse(readFileSync(summary), { columns: true }) as CdnowCustomer[])
    : [];

  it('gives the published BG/NBD parameters and likelihood', () => {
    const groups = customers.map(({ x, t_x: recency, T: age }) => ({
      ...{ frequency: Number(x), recency: Number(recency), age: Number(age), customers: 1 },
    }));
    const fit = fitBgNbd(groups);
    expect(fit.hasConverged).toBe(true);
    within(0.001, fit.r, 0.24259);
    within(0.001, fit.alpha, 4.41353);
    within(0.001, fit.a, 0.79289);
    within(0.001, fit.b, 2.42575);
    expect(Math.abs(fit.logLikelihood - -9582.4256)).toBeLessThan(0.01);
    const next = expectedPurchases(fit, { frequency: 2, recency: 30.43, age: 38.86 }, 39);
    expect(Math.abs(next - 1.226)).toBeLessThan(0.002);
  });

  it('gives the published Gamma-Gamma parameters and conditional means', () => {
    const spenders = customers.map(({ x, zbar }) => ({
      purchases: Number(x),
      meanSpend: Number(zbar),
    }));
    const repeating = spenders.filter(({ purchases }) => purchases > 0);
    expect(repeating).toHaveLength(946);
    const fit = fitGammaGamma(repeating);
    expect(fit.hasConverged).toBe(true);
    within(0.001, fit.p, 6.2488);
    within(0.001, fit.q, 3.7446);
    within(0.001, fit.v, 15.4477);
    const means = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
    spenders.slice(0, 10).forEach((spender, index) => {
      expect(Math.abs(expectedSpend(fit, spender) - means[index]!)).toBeLessThan(0.05);
    });
  });
});
