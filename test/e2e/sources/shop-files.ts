/**
 * A shop's exports, one of every entity and in every format, with their mappings. In EUR:
 *
 *   H1  header only: subtotal 90 after 10 off, tax 9, shipping 5
 *   H2  header only: total 50, of it tax 5 and shipping 5
 *   L1  2 mugs at 12.50 and 1 lamp at 3.00, of which 5 are given back later
 */
import { gzipSync } from 'node:zlib';
import type { DataFile } from './load-client.js';
import { mappingOf } from './load-client.js';

export const IDA = {
  email: 'Ida.Quodlibet@Example.com',
  phone: '+43 664 7654321',
  name: 'Ida Quodlibet',
};
export const OTTO = {
  email: 'otto.zwiebel@example.org',
  phone: '0043 699 1112223',
  name: 'Otto Z',
};

export const csv = (...lines: string[]) => `${lines.join('\r\n')}\r\n`;
export const ndjson = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

export const CUSTOMER_FIELDS = {
  customer_id: 'id',
  email: 'mail',
  phone: 'phone',
  name: 'full',
  country: 'country',
  plan: 'plan',
  created_at: 'since',
  updated_at: 'changed',
};

const CUSTOMERS_HEADER = 'id,mail,phone,full,country,plan,since,changed';

export const customersFile = (...rows: string[]): DataFile => ({
  entity: 'customers',
  name: 'customers.csv',
  mapping: mappingOf('crm', CUSTOMER_FIELDS, { timezone: 'Europe/Vienna' }),
  content: csv(CUSTOMERS_HEADER, ...rows),
});

/** Ida is known by a number, Otto by his e-mail. */
export const CUSTOMERS = customersFile(
  `c1,${IDA.email},${IDA.phone},${IDA.name},Austria,gold,2025-12-01,2026-02-01 12:00:00`,
  `${OTTO.email},${OTTO.email},${OTTO.phone},"${OTTO.name}",DE,basic,2025-12-02,2026-02-01 12:00:00`,
);

const PRODUCTS: DataFile = {
  entity: 'products',
  name: 'products.ndjson',
  mapping: mappingOf('pim', {
    product_id: 'id',
    name: 'title',
    category: 'tags.0',
    price: 'price.amount',
    currency: 'price.currency',
  }),
  content: ndjson(
    { id: 'mug', title: 'Mug', tags: ['Kitchen'], price: { amount: 12.5, currency: 'EUR' } },
    { id: 'lamp', title: 'Lamp "Lux"', tags: ['Home'], price: { amount: '3.00', currency: 'EUR' } },
  ),
};

const AMOUNTS = ['subtotal', 'discount', 'tax', 'shipping', 'total'];

const ORDERS: DataFile = {
  entity: 'orders',
  name: 'orders.json',
  mapping: mappingOf(
    'till',
    {
      order_id: 'number',
      placed_at: 'placed',
      customer_id: 'buyer.id',
      country: 'country',
      ...Object.fromEntries(AMOUNTS.map((name) => [name, name])),
    },
    { currency: 'EUR' },
  ),
  content: JSON.stringify({
    exported: '2026-03-01',
    orders: [
      {
        number: 'H1',
        placed: '2026-02-10T09:00:00+01:00',
        buyer: { id: 'c1' },
        country: 'AT',
        ...{ subtotal: 90, discount: 10, tax: 9, shipping: 5, total: 104 },
      },
      {
        number: 'H2',
        placed: '2026-02-10T10:00:00Z',
        buyer: null,
        country: 'Germany',
        ...{ tax: 5, shipping: '5.00', total: 50 },
      },
    ],
  }),
};

export const LINES: DataFile = {
  entity: 'order_lines',
  name: 'lines.csv.gz',
  mapping: JSON.stringify({
    source: 'till',
    currency: 'EUR',
    decimal_comma: true,
    rows: [
      {
        id: ['order', { ordinal_of: 'order' }],
        fields: {
          order_id: 'order',
          placed_at: { column: 'when', format: 'dd.MM.yyyy HH:mm', timezone: 'Europe/Vienna' },
          product_id: 'product',
          customer_id: 'customer',
          quantity: 'pieces',
          unit_price: 'each',
        },
      },
    ],
  }),
  content: gzipSync(
    csv(
      'order;when;product;customer;pieces;each',
      'L1;11.02.2026 08:15;mug;c1;2;12,50',
      'L1;11.02.2026 08:15;lamp;c1;1;3,00',
    ),
  ),
};

const REFUNDS: DataFile = {
  entity: 'refunds',
  name: 'refunds.jsonl.gz',
  mapping: mappingOf(
    'till',
    { refund_id: 'id', order_id: 'order', refunded_at: 'at', amount: 'amount' },
    { currency: 'EUR' },
  ),
  content: gzipSync(ndjson({ id: 'r1', order: 'L1', at: '2026-02-12T10:00:00Z', amount: '5.00' })),
};

const AD_SPEND: DataFile = {
  entity: 'ad_spend',
  name: 'ads.tsv',
  mapping: JSON.stringify({
    source: 'ads',
    rows: [
      {
        id: ['day', 'campaign'],
        fields: {
          date: 'day',
          campaign: 'campaign',
          impressions: 'impressions',
          clicks: 'clicks',
          spend: 'cost',
          currency: { constant: 'EUR' },
        },
      },
    ],
  }),
  content: 'day\tcampaign\timpressions\tclicks\tcost\n2026-02-10\tSpring, sale\t1000\t50\t12.34\n',
};

const FEEDBACK: DataFile = {
  entity: 'feedback',
  name: 'reviews.json.gz',
  mapping: JSON.stringify({
    source: 'reviews',
    rows: [
      {
        id: ['id'],
        fields: {
          kind: { constant: 'review' },
          customer_id: 'by',
          product_id: 'product',
          rating: 'stars',
          text: 'text',
          created_at: 'at',
        },
      },
    ],
  }),
  content: gzipSync(
    JSON.stringify([
      {
        ...{ id: 1, by: 'c1', product: 'mug', stars: 4.5, at: '2026-02-20T08:00:00Z' },
        text: `Lovely. Write to ${IDA.email} or call ${IDA.phone}.`,
      },
    ]),
  ),
};

export const EVENTS: DataFile = {
  entity: 'events',
  name: 'events.ndjson.gz',
  mapping: mappingOf('warehouse-export', {
    message_id: 'id',
    event: 'name',
    timestamp: 'at',
    user_id: 'user',
    country: 'land',
    'properties.product_id': 'product',
    'properties.price': { column: 'price', type: 'decimal' },
    'properties.note': 'note',
  }),
  content: gzipSync(
    ndjson(
      { id: 'e1', name: 'Product Viewed', at: '2026-02-09T08:00:00Z', user: 'c1', product: 'mug' },
      {
        ...{ id: `for-${IDA.email}`, name: 'Product Viewed', at: '2026-02-09T08:01:00Z' },
        ...{ user: OTTO.email, product: 'lamp', price: 3, note: `for ${IDA.email}` },
      },
      { id: 'e3', name: 'Product Added', at: '2026-02-09T08:02:00Z', user: 'c1', product: 'lamp' },
    ),
  ),
};

/** With the number of its rows. */
export const SHOP_FILES: [file: DataFile, rows: number][] = [
  [CUSTOMERS, 2],
  [PRODUCTS, 2],
  [ORDERS, 2],
  [LINES, 2],
  [REFUNDS, 1],
  [AD_SPEND, 1],
  [FEEDBACK, 1],
  [EVENTS, 3],
];
