/**
 * Refunds of orders that several sources tell of. The usual order is goods 90 (100 less 10), tax 9
 * and shipping 5, 104 in all.
 */
import { deleted, sourceOf, type Fields } from '../support/records.js';
import { openTestPipeline } from '../support/pipeline.js';
import { refunded } from './golden.js';
import { amounts, at, tellStories, type Stories } from './stories.js';

const till = sourceOf('file', 'till');
/** Each story has a shop of its own, as passes tell of all that a shop says. */
const shopOf = (orders: string) => sourceOf('shop_database', `shop-${orders}`);

/** The usual order in a database that tells of status and refunds. */
const order = (id: string, day: string, fields: Fields = {}) =>
  shopOf(id).order(id, at(day), {
    ...{ total: 104, ...amounts, status: 'paid', refunded_amount: null, refunded_at: null },
    ...{ updated_at: at(day), ...fields },
  });

const refunds: Stories = {
  'an event refund counts until the database has been read past it, then the own one, once': {
    orders: 'newer',
    steps: [
      {
        records: [order('newer', '11-03')],
        reads: [shopOf('newer').read(at('01-01'), at('11-03'))],
        events: [
          refunded('newer', at('11-02', '18:00'), { refund_id: 'e0', total: 7 }),
          refunded('newer', at('11-03', '18:00'), { refund_id: 'e1', total: 40 }),
        ],
        then: { refunds: 'newer | refund | e1 | 11-03 | 40 | 0 | 0 | false' },
      },
      {
        records: [
          order('newer', '11-04', { refunded_amount: 40, refunded_at: at('11-03', '17:59') }),
        ],
        then: {
          // It says so already, but what else it may say of that time is not known yet.
          refunds: `newer | refund | newer#2 | 11-03 | 40 | 0 | 0 | false
                    newer | refund | e1      | 11-03 | 40 | 0 | 0 | false`,
        },
      },
      {
        reads: [shopOf('newer').read(at('11-03'), at('11-04'))],
        events: [refunded('newer', at('11-04', '18:00'), { refund_id: 'e2', total: 20 })],
        then: {
          refunds: `newer | refund | newer#2 | 11-03 | 40 | 0 | 0 | false
                    newer | refund | e2      | 11-04 | 20 | 0 | 0 | false`,
        },
      },
      {
        reads: [shopOf('newer').read(at('11-04'), at('11-05'))],
        then: {
          refunds: 'newer | refund | newer#2 | 11-03 | 40 | 0 | 0 | false',
          ledger: `newer | 11-02 | 1 | 0 | 100 | 10 | 0  | 9 | 5
                   newer | 11-03 | 0 | 0 | 0   | 0  | 40 | 0 | 0`,
        },
      },
    ],
  },
  'what a file says counts until the database has been read past it': {
    orders: 'passed',
    steps: [
      {
        records: [
          order('passed', '11-03'),
          till.refund('passed', 'passed-r1', at('11-06'), { amount: 10, refunded_at: at('11-04') }),
          till.line('passed', 1, at('11-06'), { status: 'cancelled', updated_at: at('11-05') }),
        ],
        reads: [shopOf('passed').read(at('01-01'), at('11-03'))],
        then: {
          ledger: `passed | 11-02 | 1 | 0 | 100 | 10 | 0  | 9  | 5
                   passed | 11-04 | 0 | 0 | 0   | 0  | 10 | 0  | 0
                   passed | 11-05 | 0 | 1 | 0   | 0  | 80 | -9 | -5`,
        },
      },
      {
        reads: [shopOf('passed').read(at('11-03'), at('11-04', '18:00'))],
        then: {
          ledger: `passed | 11-02 | 1 | 0 | 100 | 10 | 0  | 9  | 5
                   passed | 11-05 | 0 | 1 | 0   | 0  | 90 | -9 | -5`,
        },
      },
      {
        reads: [shopOf('passed').read(at('11-04', '18:00'), at('11-05'))],
        then: { ledger: 'passed | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5' },
      },
    ],
  },
  'one refund id counts once, whether a file or an event tells of it': {
    orders: 'once',
    steps: [
      {
        records: [till.line('once', 1, at('11-03'), { ...amounts })],
        events: [refunded('once', at('11-03', '18:00'), { refund_id: 'once-r1', total: 40 })],
        then: { refunds: 'once | refund | once-r1 | 11-03 | 40 | 0 | 0 | false' },
      },
      {
        records: [
          till.refund('once', 'once-r1', at('11-03', '13:00'), {
            ...{ amount: 41, tax: 1, refunded_at: at('11-02', '13:00') },
          }),
        ],
        then: { refunds: 'once | refund | once-r1 | 11-02 | 40 | 1 | 0 | false' },
      },
      {
        records: [
          till.refund('once', 'once-r2', at('11-05'), { amount: 10, refunded_at: at('11-04') }),
        ],
        events: [refunded('once', at('11-04'), { refund_id: 'unknown to the file', total: 5 })],
        then: {
          refunds: `once | refund | once-r1 | 11-02 | 40 | 1 | 0 | false
                    once | refund | once-r2 | 11-04 | 10 | 0 | 0 | false`,
        },
      },
    ],
  },
  'what the total grew by is a refund of the day on which it grew': {
    orders: 'grown',
    steps: [
      {
        records: [
          order('grown', '11-02'),
          order('grown', '11-03', { refunded_amount: 30, refunded_at: at('11-03', '09:00') }),
        ],
        then: { refunds: 'grown | refund | grown#2 | 11-03 | 30 | 0 | 0 | false' },
      },
      {
        records: [order('grown', '11-05', { refunded_amount: '94.5' })],
        then: {
          refunds: `grown | refund | grown#2 | 11-03 | 30 | 0   | 0 | false
                    grown | refund | grown#3 | 11-05 | 60 | 4.5 | 0 | false`,
        },
      },
      {
        records: [
          order('grown', '11-06', { refunded_amount: 90, updated_at: null }),
          // Read then, told only now.
          order('grown', '11-04', { refunded_amount: 50 }),
        ],
        then: {
          refunds: `grown | refund | grown#2 | 11-03 | 30 | 0    | 0 | false
                    grown | refund | grown#3 | 11-04 | 20 | 0    | 0 | false
                    grown | refund | grown#4 | 11-05 | 40 | 4.5  | 0 | false
                    grown | refund | grown#5 | 11-06 | 0  | -4.5 | 0 | false`,
        },
      },
    ],
  },
  'a refund before the day of its order, and days after it': {
    orders: 'other-day',
    steps: [
      {
        records: [
          till.line('other-day', 1, at('11-08')),
          till.refund('other-day', 'od-1', at('11-08'), { amount: 10, refunded_at: at('11-01') }),
          till.refund('other-day', 'od-2', at('11-08'), { amount: 20, refunded_at: at('11-07') }),
        ],
        then: {
          ledger: `other-day | 11-01 | 0 | 0 | 0   | 0 | 10 | 0 | 0
                   other-day | 11-02 | 1 | 0 | 100 | 0 | 0  | 0 | 0
                   other-day | 11-07 | 0 | 0 | 0   | 0 | 20 | 0 | 0`,
          byOrderDate: 'other-day | 11-02 | 1 | 0 | 100 | 0 | 30 | 0 | 0',
        },
      },
      {
        records: [till.line('other-day', 1, at('11-09'), { placed_at: at('10-31') })],
        then: {
          ledger: `other-day | 10-31 | 1 | 0 | 100 | 0 | 0  | 0 | 0
                   other-day | 11-01 | 0 | 0 | 0   | 0 | 10 | 0 | 0
                   other-day | 11-07 | 0 | 0 | 0   | 0 | 20 | 0 | 0`,
          byOrderDate: 'other-day | 10-31 | 1 | 0 | 100 | 0 | 30 | 0 | 0',
        },
      },
      {
        records: [
          deleted(
            till.refund('other-day', 'od-1', at('11-08'), { refunded_at: at('11-01') }),
            at('11-09'),
          ),
        ],
        then: {
          ledger: `other-day | 10-31 | 1 | 0 | 100 | 0 | 0  | 0 | 0
                   other-day | 11-07 | 0 | 0 | 0   | 0 | 20 | 0 | 0`,
          byOrderDate: 'other-day | 10-31 | 1 | 0 | 100 | 0 | 20 | 0 | 0',
        },
      },
    ],
  },
};

const unsaid = { status: 'refunded', refunded_amount: null };
const lineOf = (id: string, number: number, day: string, fields: Fields = {}) =>
  shopOf('full').line(id, number, at(day), {
    ...{ status: 'paid', refunded_amount: null, updated_at: at(day), ...fields },
  });
const bare = (day: string, fields: Fields = {}) =>
  shopOf('full').order('full-bare', at(day), {
    ...{ tax: 9, shipping: 5, status: 'paid', refunded_amount: null, updated_at: at(day) },
    ...fields,
  });

const wholes: Stories = {
  'refunded without an amount gives all of the order or of the line back': {
    orders: 'full',
    steps: [
      {
        records: [
          order('full-head', '11-02'),
          ...[1, 2].map((number) => lineOf('full-line', number, '11-02', { discount: 10, tax: 9 })),
          bare('11-02'),
          shopOf('full').line('full-bare', 1, at('11-02')),
        ],
        then: { refunds: '' },
      },
      {
        records: [
          order('full-head', '11-03', unsaid),
          lineOf('full-line', 1, '11-03', { discount: 10, tax: 9, ...unsaid }),
          bare('11-03', unsaid),
        ],
        then: {
          refunds: `full-bare | refund | full-bare#2   | 11-03 | 100 | 9 | 5 | false
                    full-head | refund | full-head#2   | 11-03 | 90  | 9 | 5 | false
                    full-line | refund | full-line/1#2 | 11-03 | 99  | 0 | 0 | false`,
          orders: `full-bare | 11-02 10:00 | shop-full      | | unknown | refunded | 100 | 1
                   full-head | 11-02 10:00 | shop-full-head | | unknown | refunded | 100 | null
                   full-line | 11-02 10:00 | shop-full      | | unknown | paid     | 200 | 2`,
        },
      },
      {
        records: [
          order('full-head', '11-04'),
          lineOf('full-line', 1, '11-05', { discount: 10, tax: 9, ...unsaid, refunded_amount: 50 }),
          lineOf('full-line', 2, '11-04', { discount: 10, tax: 9, ...unsaid }),
        ],
        then: {
          refunds: `full-bare | refund | full-bare#2   | 11-03 | 100 | 9  | 5  | false
                    full-head | refund | full-head#2   | 11-03 | 90  | 9  | 5  | false
                    full-head | refund | full-head#3   | 11-04 | -90 | -9 | -5 | false
                    full-line | refund | full-line/1#2 | 11-03 | 99  | 0  | 0  | false
                    full-line | refund | full-line/2#2 | 11-04 | 81  | 18 | 0  | false
                    full-line | refund | full-line/1#3 | 11-05 | -31 | -18 | 0 | false`,
        },
      },
    ],
  },
};

describe('refunds from several sources over four increments', () => {
  tellStories(openTestPipeline, { ...refunds, ...wholes });
});
