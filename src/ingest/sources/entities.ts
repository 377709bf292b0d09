/**
 * What sources deliver: the entities, their fields and the types of these. A mapping fills them from
 * a table or a file; silver reads them from bronze.records. Pure; imported by sources only.
 */

/**
 * How a field's text is read and the form it is kept in: `decimal` as a plain decimal string, `rate`
 * as one of up to 12 decimals, `integer` as a number, `timestamp` as an ISO instant in UTC with milliseconds, `date` as
 * YYYY-MM-DD, `boolean` as itself, `currency` in capitals, `country` as ISO 3166 alpha-2 where the
 * name has one and as given where it has none; `id` and `text` as trimmed strings.
 */
export type FieldType =
  | 'id'
  | 'text'
  | 'decimal'
  | 'rate'
  | 'integer'
  | 'timestamp'
  | 'date'
  | 'boolean'
  | 'currency'
  | 'country'
  | 'status';

export interface Field {
  type: FieldType;
  required?: true;
  /** A mapping may leave it out; a row that it is mapped for must have it. */
  requiredIfMapped?: true;
}

export type Entity =
  | 'customers'
  | 'products'
  | 'orders'
  | 'order_lines'
  | 'refunds'
  | 'ad_spend'
  | 'fx_rates'
  | 'feedback'
  | 'events';

/** Where an order stands; `status` fields are mapped to one of these. */
export const ORDER_STATUSES = ['pending', 'paid', 'cancelled', 'refunded'] as const;

const id: Field = { type: 'id' };
const requiredId: Field = { type: 'id', required: true };
const text: Field = { type: 'text' };
const decimal: Field = { type: 'decimal' };
const requiredDecimal: Field = { type: 'decimal', required: true };
const integer: Field = { type: 'integer' };
const timestamp: Field = { type: 'timestamp' };
const requiredTimestamp: Field = { type: 'timestamp', required: true };
const currency: Field = { type: 'currency' };
const country: Field = { type: 'country' };

/** What an order and an order line both may say. */
const ORDER_FIELDS: Record<string, Field> = {
  order_id: requiredId,
  placed_at: requiredTimestamp,
  customer_id: id,
  currency,
  country,
  discount: decimal,
  tax: decimal,
  shipping: decimal,
  status: { type: 'status' },
  /** What was given back in all, of goods, tax and shipping. */
  refunded_amount: decimal,
  refunded_at: timestamp,
  is_test: { type: 'boolean' },
  updated_at: timestamp,
};

/** Field by field; a mapping may fill no others, except `properties.*` of events. */
export const ENTITIES: Record<Entity, Readonly<Record<string, Field>>> = {
  customers: {
    customer_id: requiredId,
    email: text,
    phone: text,
    name: text,
    country,
    language: text,
    plan: text,
    created_at: timestamp,
    updated_at: timestamp,
  },
  products: {
    product_id: requiredId,
    sku: id,
    name: text,
    category: text,
    brand: text,
    price: decimal,
    currency,
    updated_at: timestamp,
  },
  orders: { ...ORDER_FIELDS, subtotal: decimal, total: decimal },
  order_lines: {
    ...ORDER_FIELDS,
    /** A line that does not say when stands with its order's own record. */
    placed_at: { type: 'timestamp', requiredIfMapped: true },
    product_id: requiredId,
    sku: id,
    name: text,
    category: text,
    brand: text,
    quantity: requiredDecimal,
    unit_price: requiredDecimal,
  },
  refunds: {
    order_id: requiredId,
    refund_id: id,
    refunded_at: requiredTimestamp,
    /** Given back in all; of it tax and shipping, where they are told apart. */
    amount: requiredDecimal,
    tax: decimal,
    shipping: decimal,
    customer_id: id,
    product_id: id,
    currency,
    country,
    is_test: { type: 'boolean' },
    updated_at: timestamp,
  },
  ad_spend: {
    date: { type: 'date', required: true },
    campaign: { type: 'text', required: true },
    campaign_id: id,
    ad_id: id,
    source: text,
    medium: text,
    content: text,
    term: text,
    impressions: integer,
    clicks: integer,
    conversions: decimal,
    spend: requiredDecimal,
    currency,
    updated_at: timestamp,
  },
  /** One of `base` cost `rate` of `quote` on that day. */
  fx_rates: {
    date: { type: 'date', required: true },
    base: { type: 'currency', required: true },
    quote: { type: 'currency', required: true },
    rate: { type: 'rate', required: true },
    updated_at: timestamp,
  },
  feedback: {
    kind: { type: 'text', required: true },
    customer_id: id,
    product_id: id,
    order_id: id,
    rating: decimal,
    title: text,
    text,
    topic: text,
    channel: text,
    status: text,
    category: text,
    created_at: timestamp,
    first_response_at: timestamp,
    resolved_at: timestamp,
    updated_at: timestamp,
  },
  events: {
    event: { type: 'text', required: true },
    timestamp: requiredTimestamp,
    message_id: id,
    user_id: id,
    anonymous_id: id,
    country,
  },
};

export function isEntity(name: string): name is Entity {
  return Object.hasOwn(ENTITIES, name);
}
