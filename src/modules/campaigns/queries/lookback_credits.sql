-- The rows of gold.campaign_credits with another lookback, and with the sessions that are
-- known to be the customer's now. Formulas: docs/adr/0011-attribution.md.
with ledger as (
    select
        order_id, occurred_at, currency, fct_sales.orders as orders,
        toDecimal128(gross, 6) - discount as goods,
        toDecimal128(fct_sales.refunds, 6) as taken_back
    from gold.fct_sales as fct_sales
    where occurred_at >= {from:DateTime64(3, 'UTC')}
      and occurred_at < {to:DateTime64(3, 'UTC')}
      and currency = {currency:String}
),

journeys as (
    select
        order_id,
        any(placed_at) as ordered_at,
        arraySlice(
            arraySort(
                groupArray(
                    (
                        touched_at, session_id, toString(channel), utm_source,
                        utm_medium, utm_campaign, utm_term, utm_content
                    )
                )
            ),
            -500
        ) as steps
    from gold.fct_touchpoints
    where order_id in (select order_id from ledger)
      and started_at >= (
          select min(placed_at) from gold.fct_orders
          where order_id in (select order_id from ledger)
      ) - toIntervalMillisecond({lookback_ms:UInt64}) - toIntervalDay(1)
      and started_at < {to:DateTime64(3, 'UTC')}
      and (
          is_of_order
          or started_at >= placed_at - toIntervalMillisecond({lookback_ms:UInt64})
      )
    group by order_id
),

owed as (
    select
        ledger.order_id as order_id,
        occurred_at,
        currency,
        orders,
        goods,
        taken_back,
        if(
            empty(journeys.steps),
            [(
                occurred_at, '', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown',
                'unknown'
            )],
            journeys.steps
        ) as steps,
        ifNull(journeys.ordered_at, occurred_at) as ordered_at
    from ledger
    left join journeys on journeys.order_id = ledger.order_id
),

counted as (
    select
        *,
        length(steps) as last,
        arrayLastIndex(step -> step.3 != 'direct', steps) as last_campaign,
        if(last_campaign = 0, last, last_campaign) as last_non_direct,
        toFloat64(first_share) as opening,
        toFloat64(last_share) as closing,
        arrayCumSum(
            arrayMap(
                step -> exp2(
                    -dateDiff('millisecond', step.1, ordered_at)
                    / (86400000 * toFloat64(half_life_days))
                ),
                steps
            )
        ) as decayed
    from owed
    cross join (
        select first_share, last_share, half_life_days from gold.attribution_rules
        where is_in_force
    ) as rules
),

shared as (
    select
        *,
        [
            ('first', arrayMap(place -> 1., range(last))),
            ('last', arrayMap(place -> toFloat64(place + 1 = last), range(last))),
            (
                'last_non_direct',
                arrayMap(place -> toFloat64(place + 1 >= last_non_direct), range(last))
            ),
            ('linear', arrayMap(place -> (place + 1) / last, range(last))),
            (
                'position_based',
                arrayMap(
                    place -> multiIf(
                        place + 1 = last, 1.,
                        last = 2, opening / (opening + closing),
                        opening + (1 - opening - closing) * place / (last - 2)
                    ),
                    range(last)
                )
            ),
            (
                'time_decay',
                arrayMap(
                    place -> if(
                        place + 1 = last, 1., decayed[place + 1] / decayed[last]
                    ),
                    range(last)
                )
            )
        ] as shares
    from counted
),

cut as (
    select
        occurred_at, currency, orders, goods, taken_back, step,
        share.1 as attribution_model,
        toDecimal128(
            toInt64(round(1e12 * if(position = 1, 0, share.2[position - 1]))), 12
        ) / 1000000000000 as starts,
        toDecimal128(toInt64(round(1e12 * share.2[position])), 12) / 1000000000000
            as ends
    from (
        select *, step, position from shared
        array join steps as step, arrayEnumerate(steps) as position
    )
    array join shares as share
),

given as (
    select
        'credit' as kind,
        occurred_at as bucket_at,
        currency,
        attribution_model,
        step.3 as channel,
        lower(trim(replaceRegexpAll(step.4, '\\s+', ' '))) as utm_source,
        lower(trim(replaceRegexpAll(step.5, '\\s+', ' '))) as utm_medium,
        lower(trim(replaceRegexpAll(step.6, '\\s+', ' '))) as utm_campaign,
        lower(trim(replaceRegexpAll(step.7, '\\s+', ' '))) as utm_term,
        lower(trim(replaceRegexpAll(step.8, '\\s+', ' '))) as utm_content,
        'no spend' as matched,
        orders * (ends - starts) as credited_orders,
        toDecimal128(round(goods * ends, 6), 6)
            - toDecimal128(round(goods * starts, 6), 6) as revenue,
        toDecimal128(round(taken_back * ends, 6), 6)
            - toDecimal128(round(taken_back * starts, 6), 6) as refunds,
        toDecimal128(0, 6) as spend
    from cut
)

select * from given
union all
select
    kind, toDateTime64(bucket_at, 3, 'UTC') as bucket_at, currency, attribution_model,
    channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content, matched,
    credited_orders, revenue, refunds, spend
from gold.campaign_credits
where kind = 'spend'
  and bucket_at >= {from:DateTime64(3, 'UTC')} and bucket_at < {to:DateTime64(3, 'UTC')}
  and currency = {currency:String}
