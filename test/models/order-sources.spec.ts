/**
 * Orders that several sources tell of: who decides what an order is. The usual order is one unit
 * of p1 at 100 less 10, tax 9 and shipping 5, placed on the second.
 */
import { deleted, sourceOf } from '../support/records.js';
import { openTestPipeline } from '../support/pipeline.js';
import { line, placed, refunded, updated } from './golden.js';
import { amounts, at, PLACED, tellStories, usual, type Stories } from './stories.js';

const precedence: Stories = {
  'a database says more than an event': {
    orders: 'db-event',
    steps: [
      {
        events: [placed('db-event', PLACED, usual)],
        then: {
          ledger: 'db-event | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5',
          orders: 'db-event | 11-02 10:00 | web | | DE | placed | 100 | 1',
        },
      },
      {
        records: [
          sourceOf('shop_database', 'shop').line('db-event', 1, at('11-03'), {
            ...{ quantity: 2, unit_price: 60, discount: 20, tax: 12 },
            ...{ placed_at: at('11-01', '09:30'), customer_id: 'c1', status: 'paid' },
          }),
        ],
        then: {
          ledger: 'db-event | 11-01 | 1 | 0 | 120 | 20 | 0 | 12 | 0',
          orders: 'db-event | 11-01 09:30 | shop | c1 | DE | paid | 120 | 2',
        },
      },
      {
        events: [placed('db-event', at('11-01', '08:00'), usual, { source: 'app', user: 'c2' })],
        then: {
          ledger: 'db-event | 11-01 | 1 | 0 | 120 | 20 | 0 | 12 | 0',
          orders: 'db-event | 11-01 09:30 | shop | c1 | DE | paid | 120 | 2',
        },
      },
    ],
  },
  'a file says more than an event, whichever comes first': {
    orders: 'file-event',
    steps: [
      {
        records: [
          sourceOf('file', 'till').line('file-event', 1, at('11-05'), {
            quantity: 3,
            country: 'AT',
          }),
          sourceOf('file', 'till').line('file-event', 2, at('11-05'), { unit_price: '0.05' }),
        ],
        then: {
          ledger: 'file-event | 11-02 | 1 | 0 | 300.05 | 0 | 0 | 0 | 0',
          orders: 'file-event | 11-02 10:00 | till | | AT | placed | 300.05 | 4',
        },
      },
      {
        events: [placed('file-event', at('11-04'), usual, { user: 'c1' })],
        then: {
          ledger: 'file-event | 11-02 | 1 | 0 | 300.05 | 0 | 0 | 0 | 0',
          orders: 'file-event | 11-02 10:00 | till | c1 | AT | placed | 300.05 | 4',
        },
      },
      {
        records: [
          sourceOf('file', 'till').line('file-event', 1, at('11-06'), { quantity: 1, tax: '1.5' }),
        ],
        then: {
          ledger: 'file-event | 11-02 | 1 | 0 | 100.05 | 0 | 0 | 1.5 | 0',
          orders: 'file-event | 11-02 10:00 | till | c1 | DE | placed | 100.05 | 2',
        },
      },
    ],
  },
  'a database, a file and an event each give what no higher one has': {
    orders: 'groups',
    steps: [
      {
        events: [placed('groups', PLACED, usual, { device: 'mobile' })],
        records: [
          sourceOf('file', 'till').line('groups', 1, at('11-05'), { quantity: 2, unit_price: 30 }),
          sourceOf('file', 'till').line('groups', 2, at('11-05'), {
            product_id: 'p2',
            discount: 6,
          }),
        ],
        then: {
          ledger: 'groups | 11-02 | 1 | 0 | 160 | 6 | 0 | 0 | 0',
          lines: `groups | p1 | | P1 | | 2 | 30 | 2.25
                  groups | p2 | | P1 | | 1 | 100 | 3.75`,
        },
      },
      {
        records: [
          sourceOf('shop_database', 'shop').order('groups', at('11-04'), {
            ...{ total: 150, ...amounts, placed_at: at('11-01'), customer_id: 'c7' },
          }),
        ],
        then: {
          ledger: 'groups | 11-01 | 1 | 0 | 160 | 10 | 0 | 9 | 5',
          orders: 'groups | 11-01 12:00 | shop | c7 | DE | placed | 160 | 3',
        },
      },
      {
        records: [
          sourceOf('shop_database', 'shop').line('groups', 1, at('11-06'), { unit_price: 146 }),
        ],
        then: {
          ledger: 'groups | 11-01 | 1 | 0 | 146 | 10 | 0 | 9 | 5',
          lines: 'groups | p1 | | P1 | | 1 | 146 | 10',
        },
      },
    ],
  },
  'an order without lines of its own takes those of another source, in its currency': {
    orders: 'header',
    steps: [
      {
        records: ['header-1', 'header-2', 'header-3'].map((id) =>
          sourceOf('shop_database', 'shop').order(id, at('11-03'), { total: 104, ...amounts }),
        ),
        then: {
          orders: `header-1 | 11-02 10:00 | shop | | unknown | placed | 100 | null
                   header-2 | 11-02 10:00 | shop | | unknown | placed | 100 | null
                   header-3 | 11-02 10:00 | shop | | unknown | placed | 100 | null`,
        },
      },
      {
        events: [placed('header-1', PLACED, { products: [line('p1', 2, 30)], discount: 1 })],
        records: [sourceOf('file', 'till').line('header-3', 1, at('11-03'), { currency: 'EUR' })],
        then: {
          ledger: `header-1 | 11-02 | 1 | 0 | 60  | 10 | 0 | 9 | 5
                   header-2 | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5
                   header-3 | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5`,
          lines: 'header-1 | p1 | | P1 | | 2 | 30 | 10',
        },
      },
      {
        events: [placed('header-2', PLACED, usual, { currency: 'EUR' })],
        records: [sourceOf('file', 'else').line('header-3', 1, at('11-03'), { unit_price: 70 })],
        then: {
          ledger: `header-1 | 11-02 | 1 | 0 | 60  | 10 | 0 | 9 | 5
                   header-2 | 11-02 | 1 | 0 | 100 | 10 | 0 | 9 | 5
                   header-3 | 11-02 | 1 | 0 | 70  | 10 | 0 | 9 | 5`,
          lines: `header-1 | p1 | | P1 | | 2 | 30 | 10
                  header-3 | p1 | | P1 | | 1 | 70 | 10`,
        },
      },
    ],
  },
};

const edits: Stories = {
  'an edit stands until the database has been read past it': {
    orders: 'edit-db',
    steps: [
      {
        records: [sourceOf('shop_database', 'edit-shop').line('edit-db', 1, at('11-02'))],
        reads: [sourceOf('shop_database', 'edit-shop').read(at('01-01'), at('11-03'))],
        events: [
          updated('edit-db', at('11-02', '18:00'), { products: [line('p1', 7, 1)] }),
          updated('edit-db', at('11-03', '18:00'), { products: [line('p1', 3, 100)], tax: 2 }),
        ],
        then: { ledger: 'edit-db | 11-02 | 1 | 0 | 300 | 0 | 0 | 2 | 0' },
      },
      {
        reads: [sourceOf('shop_database', 'edit-shop').read(at('11-03'), at('11-04'))],
        then: { ledger: 'edit-db | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0' },
      },
      {
        records: [
          sourceOf('shop_database', 'edit-shop').line('edit-db', 1, at('11-05'), { quantity: 3 }),
        ],
        reads: [sourceOf('shop_database', 'edit-shop').read(at('11-04'), at('11-05'))],
        events: [updated('edit-db', at('11-06'), { products: [line('p1', 4, 100)] })],
        then: { ledger: 'edit-db | 11-02 | 1 | 0 | 400 | 0 | 0 | 0 | 0' },
      },
    ],
  },
  'an edit stands until a file that is newer tells of the order': {
    orders: 'edit-file',
    steps: [
      {
        records: [
          sourceOf('file', 'till').line('edit-file', 1, at('11-03')),
          sourceOf('file', 'till').line('edit-file-2', 1, at('11-09')),
        ],
        events: [updated('edit-file', at('11-04'), { products: [line('p1', 3, 100)] })],
        then: {
          ledger: `edit-file   | 11-02 | 1 | 0 | 300 | 0 | 0 | 0 | 0
                   edit-file-2 | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0`,
        },
      },
      {
        records: [sourceOf('file', 'till').line('edit-file', 1, at('11-05'), { tax: 1 })],
        then: {
          ledger: `edit-file   | 11-02 | 1 | 0 | 100 | 0 | 0 | 1 | 0
                   edit-file-2 | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0`,
        },
      },
      {
        events: [updated('edit-file', at('11-06'), { products: [line('p1', 5, 100)] })],
        then: {
          ledger: `edit-file   | 11-02 | 1 | 0 | 500 | 0 | 0 | 1 | 0
                   edit-file-2 | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0`,
        },
      },
    ],
  },
};

const shop = sourceOf('shop_database', 'shop');
const two = [1, 2].map((number) => shop.line('gone', number, at('11-03'), { status: 'paid' }));

const versions: Stories = {
  'a late older version changes nothing; of one instant the last in the sequence counts': {
    orders: 'late',
    steps: [
      {
        records: [{ ...shop.line('late', 1, at('11-04'), { quantity: 2 }), sequence: 5 }],
        then: { ledger: 'late | 11-02 | 1 | 0 | 200 | 0 | 0 | 0 | 0' },
      },
      {
        records: [
          shop.line('late', 1, at('11-03'), { quantity: 3 }),
          { ...shop.line('late', 1, at('11-04'), { quantity: 4 }), sequence: 4 },
          deleted(shop.line('late', 1, at('11-02')), at('11-02')),
        ],
        then: { ledger: 'late | 11-02 | 1 | 0 | 200 | 0 | 0 | 0 | 0' },
      },
      {
        records: [{ ...shop.line('late', 1, at('11-04'), { quantity: 6 }), sequence: 6 }],
        then: { ledger: 'late | 11-02 | 1 | 0 | 600 | 0 | 0 | 0 | 0' },
      },
    ],
  },
  'a deleted line is gone; all of them deleted, so is the order, although events tell of it': {
    orders: 'gone',
    steps: [
      {
        records: two,
        events: [placed('gone', PLACED, usual), refunded('gone', at('11-02'), { total: 30 })],
        then: {
          ledger: 'gone | 11-02 | 1 | 0 | 200 | 0 | 30 | 0 | 0',
          orders: 'gone | 11-02 10:00 | shop | | DE | paid | 200 | 2',
        },
      },
      {
        records: [deleted(two[0]!, at('11-04'))],
        then: { ledger: 'gone | 11-02 | 1 | 0 | 100 | 0 | 30 | 0 | 0' },
      },
      {
        records: [deleted(two[1]!, at('11-05'))],
        then: { ledger: '', orders: '', lines: '', refunds: '' },
      },
      {
        records: [shop.line('gone', 2, at('11-04'), { quantity: 9 })],
        events: [updated('gone', at('11-09'), usual)],
        then: { ledger: '', orders: '', lines: '', refunds: '' },
      },
      {
        records: [shop.line('gone', 2, at('11-06'))],
        then: { ledger: 'gone | 11-02 | 1 | 0 | 100 | 10 | 30 | 9 | 5' },
      },
    ],
  },
  'a line that moves to another order number takes its money with it': {
    orders: 'moved',
    steps: [
      {
        records: [
          shop.line('moved-a', 1, at('11-03'), { customer_id: 'c3' }),
          shop.line('moved-a', 2, at('11-03'), { unit_price: 20 }),
        ],
        then: { ledger: 'moved-a | 11-02 | 1 | 0 | 120 | 0 | 0 | 0 | 0' },
      },
      {
        records: [shop.line('moved-a', 2, at('11-04'), { unit_price: 20, order_id: 'moved-b' })],
        then: {
          ledger: `moved-a | 11-02 | 1 | 0 | 100 | 0 | 0 | 0 | 0
                   moved-b | 11-02 | 1 | 0 | 20  | 0 | 0 | 0 | 0`,
        },
      },
      {
        records: [shop.line('moved-a', 1, at('11-05'), { order_id: 'moved-b' })],
        then: {
          ledger: 'moved-b | 11-02 | 1 | 0 | 120 | 0 | 0 | 0 | 0',
          orders: 'moved-b | 11-02 10:00 | shop | | unknown | placed | 120 | 2',
        },
      },
    ],
  },
};

describe('orders of several sources over five increments', () => {
  tellStories(openTestPipeline, { ...precedence, ...edits, ...versions });
});
