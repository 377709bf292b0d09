/**
 * What stands in for what an order does not say, and orders and returns that come apart: countries
 * of customers, descriptions of products, refunds without an order, lines that cannot be stored.
 */
import { deleted, sourceOf } from '../support/records.js';
import { openTestPipeline } from '../support/pipeline.js';
import { placed, updated } from './golden.js';
import { at, PLACED, tellStories, usual, type Stories } from './stories.js';

const shop = sourceOf('shop_database', 'shop');
const till = sourceOf('file', 'till');
/** A bar code in the column of quantities. */
const absurd = { quantity: '400638133393', unit_price: 100 };
const rest = sourceOf('file', 'rest');

const unfit: Stories = {
  'an order of which no amount is told yet counts as one of nothing': {
    orders: 'bare',
    steps: [
      {
        records: [shop.order('bare', at('11-03'), { currency: 'EUR' })],
        then: { ledger: 'bare | 11-02 | 1 | 0 | 0 | 0 | 0 | 0 | 0', quarantined: '' },
      },
      {
        events: [placed('bare', PLACED, usual)],
        then: { ledger: 'bare | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5', quarantined: '' },
      },
      {
        records: [shop.line('bare', 1, at('11-04'), { unit_price: 20, currency: 'EUR' })],
        then: { ledger: 'bare | 11-02 | 1 | 0 | 20 | 0 | 0 | 0 | 0', quarantined: '' },
      },
    ],
  },
  'lines whose value cannot be stored wait in quarantine; the last good version stands': {
    orders: 'absurd',
    steps: [
      {
        records: [
          rest.line('absurd-1', 1, at('11-03'), { ...absurd, status: 'refunded' }),
          rest.line('absurd-2', 1, at('11-03'), { status: 'paid' }),
        ],
        then: {
          ledger: 'absurd-2 | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0',
          quarantined: 'absurd-1 | silver.order_statements | range_gross',
        },
      },
      {
        records: [rest.line('absurd-2', 1, at('11-04'), { ...absurd, status: 'cancelled' })],
        events: [placed('absurd-1', PLACED, usual)],
        then: {
          ledger: `absurd-1 | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5
                   absurd-2 | 11-02 | 1 | 0 | 100 | 0  | 0 | 0 | 0`,
        },
      },
      {
        records: ['absurd-1', 'absurd-2'].map((id) =>
          rest.line(id, 1, at('11-05'), { quantity: 2, status: 'paid' }),
        ),
        then: {
          // Their history is known although they could not be stored.
          ledger: `absurd-1 | 11-02 | 1 | 0  | 200 | 0 | 0    | 0 | 0
                   absurd-1 | 11-03 | 0 | 0  | 0   | 0 | 200  | 0 | 0
                   absurd-1 | 11-05 | 0 | 0  | 0   | 0 | -200 | 0 | 0
                   absurd-2 | 11-02 | 1 | 0  | 200 | 0 | 0    | 0 | 0
                   absurd-2 | 11-04 | 0 | 1  | 0   | 0 | 200  | 0 | 0
                   absurd-2 | 11-05 | 0 | -1 | 0   | 0 | -200 | 0 | 0`,
        },
      },
    ],
  },
};

const descriptions: Stories = {
  "a customer's country stands in where an order tells none": {
    orders: 'home',
    steps: [
      {
        records: [shop.line('home-1', 1, at('11-03'), { customer_id: 'home-c' })],
        events: [placed('home-2', PLACED, usual, { user: 'home-c', country: 'unknown' })],
        then: {
          orders: `home-1 | 11-02 10:00 | shop | home-c | unknown | placed | 100 | 1
                   home-2 | 11-02 10:00 | web  | home-c | unknown | placed | 100 | 1`,
        },
      },
      {
        records: [shop.customer('home-c', at('11-03'), { country: 'AT' })],
        then: {
          orders: `home-1 | 11-02 10:00 | shop | home-c | AT | placed | 100 | 1
                   home-2 | 11-02 10:00 | web  | home-c | AT | placed | 100 | 1`,
        },
      },
      {
        records: [
          shop.customer('home-c', at('11-05'), { country: 'CH' }),
          till.customer('home-c', at('11-06'), { country: null }),
          shop.line('home-1', 1, at('11-05'), { customer_id: 'home-c', country: 'IT' }),
        ],
        then: {
          orders: `home-1 | 11-02 10:00 | shop | home-c | IT | placed | 100 | 1
                   home-2 | 11-02 10:00 | web  | home-c | CH | placed | 100 | 1`,
        },
      },
    ],
  },
  'a line that does not say what was sold is described as its product was then, once it is': {
    orders: 'described',
    steps: [
      {
        records: [
          shop.line('described', 1, at('11-03'), { product_id: 'p9', name: null }),
          shop.line('described', 2, at('11-03'), { product_id: 'p9', name: 'As sold' }),
          shop.line('described', 3, at('11-03'), { product_id: 'p8', name: null, sku: 'own' }),
        ],
        then: {
          lines: `described | p9 |     | As sold | | 1 | 100 | 0
                  described | p9 |     | As sold | | 1 | 100 | 0
                  described | p8 | own |         | | 1 | 100 | 0`,
        },
      },
      {
        records: [
          shop.product('p9', at('11-04'), { name: 'Shoe', updated_at: at('11-02', '11:00') }),
          shop.product('p8', at('11-04'), { name: 'Sock', category: 'feet', sku: 'S8' }),
        ],
        then: {
          lines: `described | p9 |     | As sold |      | 1 | 100 | 0
                  described | p9 |     | As sold |      | 1 | 100 | 0
                  described | p8 | own | Sock    | feet | 1 | 100 | 0`,
        },
      },
      {
        records: [
          shop.product('p9', at('11-05'), { sku: 'S9', updated_at: at('11-02', '11:30') }),
          till.product('p8', at('11-03'), { name: 'An older name' }),
        ],
        then: {
          lines: `described | p9 | S9  | As sold |      | 1 | 100 | 0
                  described | p9 |     | As sold |      | 1 | 100 | 0
                  described | p8 | own | An older name | feet | 1 | 100 | 0`,
        },
      },
    ],
  },
  'returns without an order are a ledger of their own until it comes': {
    orders: 'return',
    steps: [
      {
        records: [
          till.line('return-1', 1, at('11-05'), { quantity: 2 }),
          till.refund('return-1', 'r1', at('11-05'), { amount: 30, refunded_at: at('11-03') }),
          till.refund('return-2', 'r2', at('11-05'), { amount: 40, refunded_at: at('11-03') }),
          till.refund('return-3', 'r3', at('11-05'), {
            amount: 5,
            tax: 1,
            refunded_at: at('11-04'),
          }),
        ],
        then: {
          ledger: `return-1 | 11-02 | 1 | 0 | 200 | 0 | 0  | 0  | 0
                   return-1 | 11-03 | 0 | 0 | 0   | 0 | 30 | 0  | 0
                   return-2 | 11-03 | 0 | 0 | 0   | 0 | 40 | 0  | 0
                   return-3 | 11-04 | 0 | 0 | 0   | 0 | 4  | -1 | 0`,
          refunds: `return-1 | refund | r1 | 11-03 | 30 | 0 | 0 | false
                    return-2 | refund | r2 | 11-03 | 40 | 0 | 0 | true
                    return-3 | refund | r3 | 11-04 | 4  | 1 | 0 | true`,
        },
      },
      {
        records: [till.line('return-2', 1, at('11-06'), { unit_price: 30, tax: 15 })],
        events: [updated('return-3', at('11-04'), usual)],
        then: {
          ledger: `return-1 | 11-02 | 1 | 0 | 200 | 0 | 0  | 0   | 0
                   return-1 | 11-03 | 0 | 0 | 0   | 0 | 30 | 0   | 0
                   return-2 | 11-02 | 1 | 0 | 30  | 0 | 0  | 15  | 0
                   return-2 | 11-03 | 0 | 0 | 0   | 0 | 30 | -10 | 0
                   return-3 | 11-04 | 0 | 0 | 0   | 0 | 4  | -1  | 0`,
        },
      },
      {
        records: [
          deleted(till.refund('return-2', 'r2', '', { refunded_at: at('11-03') }), at('11-07')),
          till.refund('return-3', 'r3', at('11-07'), { amount: 6, refunded_at: at('11-05') }),
        ],
        then: {
          ledger: `return-1 | 11-02 | 1 | 0 | 200 | 0 | 0  | 0  | 0
                   return-1 | 11-03 | 0 | 0 | 0   | 0 | 30 | 0  | 0
                   return-2 | 11-02 | 1 | 0 | 30  | 0 | 0  | 15 | 0
                   return-3 | 11-05 | 0 | 0 | 0   | 0 | 6  | 0  | 0`,
        },
      },
    ],
  },
};

describe('gaps in what sources tell over three increments', () => {
  tellStories(openTestPipeline, { ...unfit, ...descriptions });
});
