-- What became of each campaign: visits, the orders placed in them, what all models of
-- attribution credit it with, and what it cost. Names are compared in lower case and
-- without stray blanks. What is in another currency than the reporting one stands once
-- more, converted.
with sessions as (
    select * from ref('gold.fct_sessions')
    where toDate(started_at) in {dirty_days:Array(Date)}
      or toDate(started_at) + 1 in {dirty_days:Array(Date)}
),

coupons as (
    select
        order_id,
        argMin(
            JSONExtractString(properties, 'coupon'), (occurred_at, message_id)
        ) as coupon
    from ref('silver.events') as events
    inner join (
        select order_id, placed_at from ref('gold.fct_orders')
        where toDate(placed_at) in {dirty_days:Array(Date)}
    ) as orders on orders.order_id = events.order_id
    where event = 'Order Completed' and order_id != ''
      and abs(dateDiff('day', placed_at, occurred_at)) <= 1
      and JSONExtractString(properties, 'coupon') != ''
      and (
          toDate(occurred_at) in {dirty_days:Array(Date)}
          or toDate(occurred_at) + 1 in {dirty_days:Array(Date)}
          or toDate(occurred_at) - 1 in {dirty_days:Array(Date)}
      )
    group by order_id
),

visits as (
    select
        'session' as kind, started_at as at, '' as currency, false as is_converted,
        '' as attribution_model,
        channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
        '' as coupon, '' as campaign_id,
        is_engaged, is_bounce, has_order
    from sessions
    where toDate(started_at) in {dirty_days:Array(Date)}
),

converted as (
    select order_id, placements.gross - placements.discount as revenue
    from ref('silver.converted_sales') as placements
    where entry = 'placement' and not is_rate_missing
      and toDate(occurred_at) in {dirty_days:Array(Date)}
),

placed as (
    select
        'order' as kind, placed_at as at,
        arrayJoin(
            arrayConcat(
                [(toString(orders.currency), false, toDecimal128(gross, 6) - discount)],
                if(
                    converted.order_id is null,
                    [],
                    [(reporting_currency(), true, assumeNotNull(converted.revenue))]
                )
            )
        ) as amount,
        amount.1 as currency,
        amount.2 as is_converted,
        '' as attribution_model,
        orders.channel as channel,
        if(orders.utm_source = '', 'none', orders.utm_source) as utm_source,
        if(orders.utm_medium = '', 'none', orders.utm_medium) as utm_medium,
        if(orders.utm_campaign = '', 'none', orders.utm_campaign) as utm_campaign,
        ifNull(sessions.utm_term, 'unknown') as utm_term,
        ifNull(sessions.utm_content, 'unknown') as utm_content,
        ifNull(coupons.coupon, 'none') as coupon,
        '' as campaign_id,
        amount.3 as revenue
    from ref('gold.fct_orders') as orders
    left join converted on converted.order_id = orders.order_id
    left join sessions
        on sessions.session_id = orders.session_id and orders.session_id != ''
    left join coupons on coupons.order_id = orders.order_id
    where toDate(placed_at) in {dirty_days:Array(Date)}
    limit 1 by orders.order_id, is_converted
),

credited as (
    select
        'credit' as kind, occurred_at as at, currency, is_converted, attribution_model,
        channel,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content,
        '' as coupon, '' as campaign_id,
        credited_orders, revenue, refunds,
        order_id in (
            select order_id from ref('gold.campaign_first_orders')
            where toDate(placed_at) in {dirty_days:Array(Date)}
        ) as is_first
    from ref('gold.fct_attribution')
    where toDate(occurred_at) in {dirty_days:Array(Date)}
      and order_id in (
          select order_id from ref('gold.fct_sales')
          where toDate(occurred_at) in {dirty_days:Array(Date)}
      )
),

spent as (
    select
        'spend' as kind, toDateTime64(occurred_at, 3, 'UTC') as at, currency,
        false as is_converted,
        '' as attribution_model,
        'unknown' as channel, utm_source, utm_medium, campaign as utm_campaign,
        if(utm_term = '', 'unknown', utm_term) as utm_term,
        if(utm_content = '', 'unknown', utm_content) as utm_content,
        '' as coupon, campaign_id, impressions, clicks,
        conversions, spend
    from ref('gold.fct_ad_spend')
    where date in {dirty_days:Array(Date)}
    union all
    select
        'spend', toDateTime64(date, 3, 'UTC') + toIntervalMinute(630), currency, true,
        '', 'unknown', utm_source, utm_medium, campaign,
        if(utm_term = '', 'unknown', utm_term),
        if(utm_content = '', 'unknown', utm_content),
        '', campaign_id, impressions, clicks, conversions, spend
    from ref('silver.converted_spend')
    where not is_rate_missing and date in {dirty_days:Array(Date)}
),

facts as (
    select
        kind, at, currency, is_converted, attribution_model, channel, utm_source,
        utm_medium, utm_campaign, utm_term, utm_content, coupon, campaign_id,
        toUInt64(1) as sessions, toUInt64(is_engaged) as engaged_sessions,
        toUInt64(is_bounce) as bounces, toUInt64(has_order) as order_sessions,
        toUInt64(0) as orders, toDecimal128(0, 12) as credited_orders,
        toDecimal128(0, 12) as new_customers, toDecimal128(0, 6) as revenue,
        toDecimal128(0, 6) as refunds, toInt64(0) as impressions, toInt64(0) as clicks,
        toDecimal128(0, 6) as conversions, toDecimal128(0, 6) as spend
    from visits
    union all
    select
        kind, at, currency, is_converted, attribution_model, channel, utm_source,
        utm_medium, utm_campaign, utm_term, utm_content, coupon, campaign_id,
        0, 0, 0, 0, 1, 0, 0, revenue, 0, 0, 0, 0, 0
    from placed
    union all
    select
        kind, at, currency, is_converted, attribution_model, channel, utm_source,
        utm_medium, utm_campaign, utm_term, utm_content, coupon, campaign_id,
        0, 0, 0, 0, 0, credited_orders, if(is_first, credited_orders, 0),
        revenue, refunds, 0, 0, 0, 0
    from credited
    union all
    select
        kind, at, currency, is_converted, attribution_model, channel, utm_source,
        utm_medium, utm_campaign, utm_term, utm_content, coupon, campaign_id,
        0, 0, 0, 0, 0, 0, 0, 0, 0, impressions, clicks, conversions, spend
    from spent
)

select
    kind,
    toStartOfFifteenMinutes(at) as bucket_at,
    currency,
    is_converted,
    attribution_model,
    channel,
    lower(trim(replaceRegexpAll(facts.utm_source, '\\s+', ' '))) as utm_source,
    lower(trim(replaceRegexpAll(facts.utm_medium, '\\s+', ' '))) as utm_medium,
    lower(trim(replaceRegexpAll(facts.utm_campaign, '\\s+', ' '))) as utm_campaign,
    lower(trim(replaceRegexpAll(facts.utm_term, '\\s+', ' '))) as utm_term,
    lower(trim(replaceRegexpAll(facts.utm_content, '\\s+', ' '))) as utm_content,
    upper(trim(facts.coupon)) as coupon,
    lower(trim(facts.campaign_id)) as campaign_id,
    count() as entries,
    sum(facts.sessions) as sessions,
    sum(facts.engaged_sessions) as engaged_sessions,
    sum(facts.bounces) as bounces,
    sum(facts.order_sessions) as order_sessions,
    sum(facts.orders) as orders,
    sum(facts.credited_orders) as credited_orders,
    sum(facts.new_customers) as new_customers,
    sum(facts.revenue) as revenue,
    sum(facts.refunds) as refunds,
    sum(facts.impressions) as impressions,
    sum(facts.clicks) as clicks,
    sum(facts.conversions) as conversions,
    sum(facts.spend) as spend
from facts
group by
    kind, bucket_at, currency, is_converted, attribution_model, channel, utm_source,
    utm_medium, utm_campaign, utm_term, utm_content, coupon, campaign_id
