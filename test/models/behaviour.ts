/** What the specs of behaviour share: short events, views of sessions and recounts of them. */
import { rowsOf } from './golden.js';
import { expectLedgersAgree } from './stories.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';

type Rest = Partial<BronzeEvent>;
type EventOf = (id: string, at: string, rest?: Rest) => BronzeEvent;

/** An instant of November 2026: `05 10:00`, to the minute or closer. */
export const november = (at: string) => new Date(`2026-11-${at.replace(' ', 'T')}Z`).toISOString();

/** Builds a visitor's events; an event's id follows the visitor's, who is also its source. */
export function of(visitor: string): { page: EventOf; track: (event: string) => EventOf } {
  const event =
    (what: Rest): EventOf =>
    (id, at, rest = {}) => ({
      ...{ messageId: `${visitor}-${id}`, visitor, source: visitor, at: november(at) },
      ...what,
      ...rest,
    });
  return { page: event({ call: 'page' }), track: (name) => event({ event: name }) };
}

/** The id of the first event less the visitor's, by which a session goes by. */
const FIRST = `
  select distinct lower(hex(sipHash128(visitor_id, message_id))) as session_id, visitor_id,
    substring(message_id, length(visitor_id) + 2) as first
  from silver.events`;
const time = (column: string) => `substring(toString(${column}), 9)`;

/** Each query's first column begins with the visitor's id. */
export const BEHAVIOUR = {
  /** First event, start, end, events, campaign, whether it is the visitor's first. */
  sessions: `
    select s.visitor_id, first, ${time('started_at')}, ${time('ended_at')}, s.events,
      s.utm_campaign, is_first
    from gold.fct_sessions as s
    inner join (${FIRST}) as f on f.session_id = s.session_id and f.visitor_id = s.visitor_id
    order by s.visitor_id, started_at, first`,
  /** Landing and exit page, referrer, UTM fields, click, channel, device, system, browser, country. */
  entries: `
    select visitor_id, landing_page, exit_page, referrer_host, utm_source, utm_medium,
      utm_campaign, utm_term, utm_content, click_id_name, click_id, channel, device_type, os,
      browser, country
    from silver.sessions order by visitor_id, started_at`,
  /** Pages, products, searches, additions, checkouts, orders, milliseconds, engaged, bounce. */
  counts: `
    select visitor_id, page_views, product_views, search_count, adds_to_cart, checkouts, orders,
      duration_ms, is_engaged, is_bounce, has_cart, has_checkout, has_order
    from silver.sessions order by visitor_id, started_at`,
  /** Sessions, those of new visitors, engaged ones, bounces; views in the quarter, visitors then. */
  traffic: `
    select source, formatDateTime(bucket_at, '%d %H:%i') as bucket, channel, t.sessions,
      new_visitors, engaged_sessions, bounces, t.page_views, finalizeAggregation(visitors)
    from gold.traffic_15m as t order by source, bucket_at, channel`,
  /** The order with its session's first event, channel and campaign. */
  orders: `
    select order_id, ifNull(first, ''), channel, utm_source, utm_medium, utm_campaign
    from silver.orders
    left join (${FIRST}) as f on f.session_id = orders.session_id and orders.session_id != ''
    order by order_id`,
  /** Orders, gross and refunds by channel and campaign. */
  sales: `
    select source, channel, utm_source, utm_medium, utm_campaign, sum(s.orders), sum(s.gross),
      sum(s.refunds)
    from gold.sales_15m as s group by all order by all`,
} as const;

/** Sessions by their start, counted from the sessions. */
const SESSIONS_COUNTED = `
  select toStartOfFifteenMinutes(started_at) as bucket, source, channel, count(), countIf(is_first),
    countIf(is_engaged), countIf(is_bounce), countIf(has_cart), countIf(has_cart and not has_order),
    countIf(has_checkout), countIf(has_checkout and not has_order), countIf(has_order),
    sum(s.page_views), sum(s.duration_ms)
  from silver.sessions as s group by all order by all`;
const SESSIONS_OF_TRAFFIC = `
  select bucket_at as bucket, source, channel, sessions, new_visitors, engaged_sessions, bounces,
    cart_sessions, abandoned_carts, checkout_sessions, abandoned_checkouts, order_sessions,
    session_page_views, duration_ms
  from gold.traffic_15m where sessions > 0 order by all`;
/** What people did and who was there, counted from the events. */
const EVENTS_COUNTED = `
  select toStartOfFifteenMinutes(occurred_at) as bucket, count(distinct visitor_id),
    countIf(call in ('page', 'screen')), countIf(event = 'Product Viewed'),
    countIf(event in ('Product Added', 'Wishlist Product Added to Cart'))
  from silver.events where is_of_visit group by all order by all`;
const EVENTS_OF_TRAFFIC = `
  select bucket_at as bucket, uniqCombined64Merge(t.visitors), sum(t.page_views),
    sum(t.product_views), sum(t.adds_to_cart)
  from gold.traffic_15m as t group by all order by all`;
const PRODUCTS_COUNTED = `
  select toStartOfFifteenMinutes(occurred_at) as bucket,
    if(product_id = '', 'unknown', product_id) as product, countIf(event = 'Product Viewed'),
    countIf(event != 'Product Viewed')
  from silver.events
  where is_of_visit
    and event in ('Product Viewed', 'Product Added', 'Wishlist Product Added to Cart')
  group by all order by all`;
const PRODUCTS_OF_GOLD = `
  select bucket_at as bucket, product_id as product, sum(p.product_views), sum(p.adds_to_cart)
  from gold.product_15m as p where currency = '' group by all order by all`;

/** What gold says of behaviour is what a recount of sessions and of events says. */
export async function expectBehaviourAgrees(pipeline: TestPipeline): Promise<void> {
  const { warehouse } = pipeline;
  const rows = (sql: string) => rowsOf(warehouse, sql);
  expect(await rows(SESSIONS_OF_TRAFFIC)).toEqual(await rows(SESSIONS_COUNTED));
  expect(await rows(EVENTS_OF_TRAFFIC)).toEqual(await rows(EVENTS_COUNTED));
  expect(await rows(PRODUCTS_OF_GOLD)).toEqual(await rows(PRODUCTS_COUNTED));
  await expectLedgersAgree(pipeline);
}
