-- The ledger of sales, each entry shared among the touches of its order. What touches
-- get of an amount is cut from it at their places and rounded there, so that the parts
-- are the whole. An entry of an order that nothing is known of is owed to 'unknown'.
with newest as (
    select order_id, max(attribution_version) as attribution_version
    from ref('gold.attribution_credits')
    group by order_id
),

-- By the newest rules that the order was credited by.
credits as (
    select made.*
    from ref('gold.attribution_credits') as made
    inner join newest
        on newest.order_id = made.order_id
        and newest.attribution_version = made.attribution_version
),

shares as (
    select
        ledger.order_id as order_id,
        entry,
        occurred_at,
        customer_id,
        currency,
        is_converted,
        ledger.orders as orders,
        toDecimal128(gross, 6) - discount as goods,
        toDecimal128(ledger.refunds, 6) as taken_back,
        credits.order_id is not null as is_credited,
        ifNull(position, 1) as position,
        ifNull(touches, 0) as touches,
        ifNull(credits.session_id, '') as session_id,
        ifNull(touched_at, occurred_at) as touched_at,
        ifNull(credits.channel, 'unknown') as channel,
        ifNull(credits.utm_source, 'unknown') as utm_source,
        ifNull(credits.utm_medium, 'unknown') as utm_medium,
        ifNull(credits.utm_campaign, 'unknown') as utm_campaign,
        ifNull(utm_term, 'unknown') as utm_term,
        ifNull(utm_content, 'unknown') as utm_content,
        ifNull(landing_page, 'unknown') as landing_page,
        if(
            is_credited,
            spans,
            arrayMap(
                model -> (model, toDecimal64(0, 12), toDecimal64(1, 12)),
                [
                    'first', 'last', 'last_non_direct', 'linear', 'position_based',
                    'time_decay'
                ]
            )::Array(Tuple(
                model LowCardinality(String), starts Decimal(18, 12),
                ends Decimal(18, 12)
            ))
        ) as stretches
    from ref('gold.fct_sales') as ledger
    left join credits on credits.order_id = ledger.order_id
)

select
    * except (orders, goods, taken_back, is_credited, stretches),
    span.model as attribution_model,
    span.ends - span.starts as weight,
    shares.orders * (span.ends - span.starts) as credited_orders,
    toDecimal128(round(goods * span.ends, 6), 6)
        - toDecimal128(round(goods * span.starts, 6), 6) as revenue,
    toDecimal128(round(taken_back * span.ends, 6), 6)
        - toDecimal128(round(taken_back * span.starts, 6), 6) as refunds
from shares
array join stretches as span
