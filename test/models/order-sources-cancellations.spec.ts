/**
 * Cancellations and their reversals, of orders that several sources tell of. The usual order is
 * goods 90 (100 less 10), tax 9 and shipping 5, 104 in all.
 */
import { sourceOf, type Fields } from '../support/records.js';
import { openTestPipeline } from '../support/pipeline.js';
import { cancelled, placed } from './golden.js';
import { amounts, at, PLACED, tellStories, usual, type Stories } from './stories.js';

/** Each story has a shop of its own, as passes tell of all that a shop says. */
const shopOf = (orders: string) => sourceOf('shop_database', `shop-${orders}`);

/** The usual order in a database that tells of status and refunds. */
const order = (id: string, day: string, fields: Fields = {}) =>
  shopOf(id).order(id, at(day), {
    ...{ total: 104, ...amounts, status: 'paid', refunded_amount: null, refunded_at: null },
    ...{ updated_at: at(day), ...fields },
  });
const reinstated = (orderId: string, when: string) => ({
  ...cancelled(orderId, when),
  event: 'Order Reinstated',
});

const partOf = (number: number, day: string, fields: Fields = {}) =>
  shopOf('parts').line('parts', number, at(day), {
    ...(number === 1 ? { discount: 10, tax: 9 } : { unit_price: 50 }),
    ...{ status: 'paid', updated_at: at(day), ...fields },
  });

const cancellations: Stories = {
  'cancelled, taken back and cancelled again, each on its own day': {
    orders: 'again',
    steps: [
      {
        records: [order('again', '11-03', { refunded_amount: 20 })],
        then: {
          ledger: `again | 11-02 | 1 | 0 | 100 | 10 | 0  | 9 | 5
                   again | 11-03 | 0 | 0 | 0   | 0  | 20 | 0 | 0`,
        },
      },
      {
        records: [order('again', '11-04', { refunded_amount: 20, status: 'cancelled' })],
        then: {
          ledger: `again | 11-02 | 1 | 0 | 100 | 10 | 0  | 9  | 5
                   again | 11-03 | 0 | 0 | 0   | 0  | 20 | 0  | 0
                   again | 11-04 | 0 | 1 | 0   | 0  | 70 | -9 | -5`,
          orders: 'again | 11-02 10:00 | shop-again | | unknown | cancelled | 100 | null',
        },
      },
      {
        records: [order('again', '11-05', { refunded_amount: 20 })],
        then: {
          ledger: `again | 11-02 | 1 | 0  | 100 | 10 | 0   | 9  | 5
                   again | 11-03 | 0 | 0  | 0   | 0  | 20  | 0  | 0
                   again | 11-04 | 0 | 1  | 0   | 0  | 70  | -9 | -5
                   again | 11-05 | 0 | -1 | 0   | 0  | -70 | 9  | 5`,
          orders: 'again | 11-02 10:00 | shop-again | | unknown | paid | 100 | null',
        },
      },
      {
        records: [
          order('again', '11-07', { refunded_amount: 20, status: 'cancelled' }),
          order('again', '11-06', { refunded_amount: 20, status: 'cancelled' }),
        ],
        then: {
          ledger: `again | 11-02 | 1 | 0  | 100 | 10 | 0   | 9  | 5
                   again | 11-03 | 0 | 0  | 0   | 0  | 20  | 0  | 0
                   again | 11-04 | 0 | 1  | 0   | 0  | 70  | -9 | -5
                   again | 11-05 | 0 | -1 | 0   | 0  | -70 | 9  | 5
                   again | 11-06 | 0 | 1  | 0   | 0  | 70  | -9 | -5`,
          byOrderDate: 'again | 11-02 | 1 | 1 | 100 | 10 | 90 | 0 | 0',
          refunds: `again | refund        | again#1         | 11-03 | 20  | 0  | 0  | false
                    again | cancellation  | cancellation    | 11-04 | 70  | 9  | 5  | false
                    again | reinstatement | reinstatement   | 11-05 | -70 | -9 | -5 | false
                    again | cancellation  | cancellation-2  | 11-06 | 70  | 9  | 5  | false`,
        },
      },
    ],
  },
  'a line cancelled alone gives its value back; with the other, the order is cancelled': {
    orders: 'parts',
    steps: [
      {
        records: [
          ...[partOf(1, '11-02'), partOf(2, '11-02')],
          partOf(1, '11-03', { status: 'cancelled' }),
        ],
        then: {
          ledger: `parts | 11-02 | 1 | 0 | 150 | 10 | 0  | 9 | 0
                   parts | 11-03 | 0 | 0 | 0   | 0  | 99 | 0 | 0`,
        },
      },
      {
        records: [partOf(2, '11-04', { status: 'cancelled' })],
        then: {
          ledger: `parts | 11-02 | 1 | 0 | 150 | 10 | 0  | 9  | 0
                   parts | 11-03 | 0 | 0 | 0   | 0  | 99 | 0  | 0
                   parts | 11-04 | 0 | 1 | 0   | 0  | 41 | -9 | 0`,
          orders: 'parts | 11-02 10:00 | shop-parts | | unknown | cancelled | 150 | 2',
        },
      },
      {
        records: [partOf(2, '11-05')],
        then: {
          ledger: `parts | 11-02 | 1 | 0  | 150 | 10 | 0   | 9  | 0
                   parts | 11-03 | 0 | 0  | 0   | 0  | 99  | 0  | 0
                   parts | 11-04 | 0 | 1  | 0   | 0  | 41  | -9 | 0
                   parts | 11-05 | 0 | -1 | 0   | 0  | -41 | 9  | 0`,
          orders: 'parts | 11-02 10:00 | shop-parts | | unknown | paid | 150 | 2',
        },
      },
    ],
  },
  'tracked cancellations stand where no one else was read past them': {
    orders: 'tracked',
    steps: [
      {
        events: [
          placed('tracked', PLACED, usual),
          cancelled('tracked', at('11-03')),
          cancelled('tracked', at('11-03', '18:00')),
          reinstated('tracked', at('11-04')),
        ],
        then: {
          ledger: `tracked | 11-02 | 1 | 0  | 100 | 10 | 0   | 9  | 5
                   tracked | 11-03 | 0 | 1  | 0   | 0  | 90  | -9 | -5
                   tracked | 11-04 | 0 | -1 | 0   | 0  | -90 | 9  | 5`,
        },
      },
      {
        records: [order('tracked', '11-04', { status: 'pending' })],
        reads: [shopOf('tracked').read(at('01-01'), at('11-03', '15:00'))],
        events: [cancelled('tracked', at('11-05'))],
        then: {
          ledger: `tracked | 11-02 | 1 | 0  | 100 | 10 | 0   | 9  | 5
                   tracked | 11-03 | 0 | 1  | 0   | 0  | 90  | -9 | -5
                   tracked | 11-04 | 0 | -1 | 0   | 0  | -90 | 9  | 5
                   tracked | 11-05 | 0 | 1  | 0   | 0  | 90  | -9 | -5`,
          refunds: `tracked | cancellation  | cancellation   | 11-03 | 90  | 9  | 5  | false
                    tracked | reinstatement | reinstatement  | 11-04 | -90 | -9 | -5 | false
                    tracked | cancellation  | cancellation-2 | 11-05 | 90  | 9  | 5  | false`,
        },
      },
      {
        reads: [shopOf('tracked').read(at('11-03', '15:00'), at('11-04', '15:00'))],
        then: {
          ledger: `tracked | 11-02 | 1 | 0 | 100 | 10 | 0  | 9  | 5
                   tracked | 11-05 | 0 | 1 | 0   | 0  | 90 | -9 | -5`,
        },
      },
      {
        reads: [shopOf('tracked').read(at('11-04', '15:00'), at('11-06'))],
        then: {
          ledger: 'tracked | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5',
          orders: 'tracked | 11-02 10:00 | shop-tracked | | DE | pending | 100 | 1',
        },
      },
    ],
  },
};

describe('cancellations from several sources over four increments', () => {
  tellStories(openTestPipeline, cancellations);
});
