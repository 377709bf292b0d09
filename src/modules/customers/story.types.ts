/** What is told of one customer. Lists are newest first, at most MAX_LISTED of each. */
import type { MetricValue } from '../../contracts/metric-contract.js';

export const MAX_LISTED = 50;

export interface CustomerProfile {
  country: string;
  language: string | null;
  plan: string | null;
  first_seen_at: string;
  last_seen_at: string;
}

/** Amounts are in the row's own currency. */
export interface CustomerWorth {
  currency: string;
  orders: number;
  revenue: MetricValue;
  refunds: MetricValue;
  net_revenue: MetricValue;
  average_order_value: MetricValue;
  refund_share: MetricValue;
  first_order_at: string;
  last_order_at: string;
  average_days_between_orders: MetricValue;
  favourite_category: string;
  segment: string | null;
  recency_score: number | null;
  frequency_score: number | null;
  monetary_score: number | null;
  clv_status: string | null;
  p_alive: MetricValue;
  expected_orders: MetricValue;
  clv: MetricValue;
}

export interface CustomerOrder {
  order_id: string;
  placed_at: string;
  order_number: number;
  status: string;
  source: string;
  channel: string;
  currency: string;
  revenue: MetricValue;
  refunds: MetricValue;
}

export interface CustomerRefund {
  order_id: string;
  kind: string;
  occurred_at: string;
  currency: string;
  goods: MetricValue;
  tax: MetricValue;
  shipping: MetricValue;
}

export interface CustomerSession {
  session_id: string;
  started_at: string;
  duration_seconds: MetricValue;
  page_views: number;
  channel: string;
  campaign: string;
  landing_page: string;
  device: string;
  country: string;
  has_cart: boolean;
  has_order: boolean;
}

export interface CustomerFeedback {
  feedback_id: string;
  kind: string;
  created_at: string;
  rating: number | null;
  compound: number | null;
  label: string;
  text: string;
  product_id: string;
  order_id: string;
}

export interface CustomerStory {
  customer_id: string;
  /** Null of a customer who is known by orders alone. */
  profile: CustomerProfile | null;
  values: CustomerWorth[];
  orders: CustomerOrder[];
  refunds: CustomerRefund[];
  /** Null without the scope behaviour:read. */
  sessions: CustomerSession[] | null;
  /** Null without the scope sentiment:read. */
  feedback: CustomerFeedback[] | null;
}

/** A personal value as it was given, from the vault. */
export interface PersonalField {
  kind: string;
  /** Where it stood, such as traits.email. */
  field: string;
  value: string;
}
