/** From the rows of the story's queries to what is told of a customer. Pure. */
import { toMetricValue } from '../metrics/values.js';
import { instant, type Row } from './customer-lists.rows.js';
import type {
  CustomerFeedback,
  CustomerOrder,
  CustomerProfile,
  CustomerRefund,
  CustomerSession,
  CustomerWorth,
} from './story.types.js';

const text = (row: Row, name: string) => String(row[name] ?? '');
const orNull = (row: Row, name: string) => text(row, name) || null;
const number = (row: Row, name: string) => Number(row[name]);
const numberOrNull = (row: Row, name: string) =>
  row[name] === null || row[name] === undefined ? null : Number(row[name]);
const ratio = (row: Row, name: string) => toMetricValue(row[name], 'ratio', '');
const money = (row: Row, name: string) => toMetricValue(row[name], 'money', text(row, 'currency'));
const flag = (row: Row, name: string) => Boolean(row[name]);

export const profileOf = (row: Row): CustomerProfile => ({
  country: text(row, 'country'),
  language: orNull(row, 'language'),
  plan: orNull(row, 'plan'),
  first_seen_at: instant(row['first_seen_at']),
  last_seen_at: instant(row['last_seen_at']),
});

export const worthOf = (row: Row): CustomerWorth => ({
  currency: text(row, 'currency'),
  orders: number(row, 'orders'),
  revenue: money(row, 'revenue'),
  refunds: money(row, 'refunds'),
  net_revenue: money(row, 'net_revenue'),
  average_order_value: money(row, 'average_order_value'),
  refund_share: ratio(row, 'refund_share'),
  first_order_at: instant(row['first_order_at']),
  last_order_at: instant(row['last_order_at']),
  average_days_between_orders: ratio(row, 'average_days_between_orders'),
  favourite_category: text(row, 'favourite_category'),
  segment: orNull(row, 'segment'),
  recency_score: numberOrNull(row, 'recency_score'),
  frequency_score: numberOrNull(row, 'frequency_score'),
  monetary_score: numberOrNull(row, 'monetary_score'),
  clv_status: orNull(row, 'clv_status'),
  p_alive: ratio(row, 'p_alive'),
  expected_orders: ratio(row, 'expected_orders'),
  clv: money(row, 'clv'),
});

export const orderOf = (row: Row): CustomerOrder => ({
  order_id: text(row, 'order_id'),
  placed_at: instant(row['placed_at']),
  order_number: number(row, 'order_number'),
  status: text(row, 'status'),
  source: text(row, 'source'),
  channel: text(row, 'channel'),
  currency: text(row, 'currency'),
  revenue: money(row, 'revenue'),
  refunds: money(row, 'refunds'),
});

export const refundOf = (row: Row): CustomerRefund => ({
  order_id: text(row, 'order_id'),
  kind: text(row, 'entry'),
  occurred_at: instant(row['occurred_at']),
  currency: text(row, 'currency'),
  goods: money(row, 'goods'),
  tax: money(row, 'tax'),
  shipping: money(row, 'shipping'),
});

export const sessionOf = (row: Row): CustomerSession => ({
  session_id: text(row, 'session_id'),
  started_at: instant(row['started_at']),
  duration_seconds: toMetricValue(number(row, 'duration_ms') / 1000, 'seconds', ''),
  page_views: number(row, 'page_views'),
  channel: text(row, 'channel'),
  campaign: text(row, 'utm_campaign'),
  landing_page: text(row, 'landing_page'),
  device: text(row, 'device_type'),
  country: text(row, 'country'),
  has_cart: flag(row, 'has_cart'),
  has_order: flag(row, 'has_order'),
});

export const feedbackOf = (row: Row): CustomerFeedback => ({
  feedback_id: text(row, 'feedback_id'),
  kind: text(row, 'kind'),
  created_at: instant(row['created_at']),
  rating: numberOrNull(row, 'rating'),
  compound: numberOrNull(row, 'compound'),
  label: text(row, 'label'),
  text: text(row, 'text'),
  product_id: text(row, 'product_id'),
  order_id: text(row, 'order_id'),
});
