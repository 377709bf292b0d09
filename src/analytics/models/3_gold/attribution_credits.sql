-- To which sessions an order is owed, by each model. An order is a line from 0 to 1, and
-- a touch is credited with the stretch of it that the model gives to it; so the credits
-- of an order are its whole revenue, to the last decimal. Formulas:
-- docs/adr/0011-attribution.md.
with orders as materialized (
    select
        order_id,
        orders.placed_at as ordered_at,
        session_id as ordered_in,
        customer_id,
        anonymous_id,
        multiIf(
            customer_id != '', concat('customer ', customer_id),
            anonymous_id != '', concat('visitor ', anonymous_id),
            ''
        ) as person
    from ref('silver.orders') as orders
    where order_id in dirty_keys() and not is_test
),

-- The days on which the order is in the ledger. Those of what stands are as they were
-- when it was made: a later refund makes its own day anew, and no other has changed.
entries as materialized (
    select
        orders.order_id as order_id,
        any(orders.ordered_at) as ordered_at,
        least(any(orders.ordered_at), min(ifNull(occurred_at, orders.ordered_at)))
            as first_entry_at,
        greatest(
            any(orders.ordered_at), max(ifNull(occurred_at, orders.ordered_at))
        ) as last_entry_at
    from orders
    left join (
        select order_id, occurred_at from ref('silver.refunds')
        where order_id in dirty_keys()
    ) as refunds on refunds.order_id = orders.order_id
    group by orders.order_id
),

-- What was credited stands, whoever turns out to be whom later; but for an order of which
-- nothing was known, or not yet where it was placed.
kept as materialized (
    select standing.*
    from this() as standing
    inner join orders on orders.order_id = standing.order_id
    where standing.touches > 0
      and (standing.placed_in != '' or orders.ordered_in = '')
),

missing as materialized (
    select orders.*, rules.*
    from orders
    cross join ref('gold.attribution_rules') as rules
    where (orders.order_id, rules.attribution_version) not in (
        select order_id, attribution_version from kept
    )
),

identities as materialized (
    select visitor_id, valid_from, customer_id from ref('silver.identities')
    where visitor_id in (
        select visitor_id from ref('silver.identities')
        where customer_id in (select customer_id from missing where customer_id != '')
        union distinct
        select anonymous_id from missing where anonymous_id != ''
    )
),

sessions as materialized (
    select
        session_id, visitor_id, started_at, channel, utm_source, utm_medium,
        utm_campaign, utm_term, utm_content, landing_page
    from ref('gold.fct_sessions')
    where visitor_id in (
        select visitor_id from identities
        union distinct
        select anonymous_id from missing where anonymous_id != ''
    )
      and started_at >= (
          select min(ordered_at) - toIntervalDay(max(lookback_days) + 1) from missing
      )
      and started_at <= (select max(ordered_at) + toIntervalDay(1) from missing)
),

visits as (
    select
        sessions.*,
        if(
            identities.customer_id is null,
            concat('visitor ', sessions.visitor_id),
            concat('customer ', identities.customer_id)
        ) as person
    from sessions
    asof left join identities
        on identities.visitor_id = sessions.visitor_id
        and identities.valid_from <= sessions.started_at
),

touched as (
    select
        order_id, attribution_version, ordered_at, session_id, started_at, channel,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, landing_page
    from missing
    inner join visits on visits.person = missing.person
    where visits.started_at <= missing.ordered_at
      and visits.started_at >= missing.ordered_at - toIntervalDay(missing.lookback_days)
    union distinct
    select
        order_id, attribution_version, ordered_at, session_id, started_at, channel,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, landing_page
    from missing
    inner join sessions on sessions.session_id = missing.ordered_in
),

-- In their order; of an account that is always there, the last of them.
journeys as (
    select
        order_id,
        attribution_version,
        arraySlice(
            arraySort(
                groupArray(
                    (
                        least(started_at, ordered_at), session_id, channel,
                        utm_source, utm_medium, utm_campaign, utm_term, utm_content,
                        landing_page
                    )
                )
            ),
            -500
        ) as known
    from touched
    group by order_id, attribution_version
),

counted as (
    select
        missing.*,
        length(journeys.known) as touches,
        if(
            touches > 0,
            journeys.known,
            [(
                missing.ordered_at, '', 'unknown', 'unknown', 'unknown', 'unknown',
                'unknown', 'unknown', 'unknown'
            )]
        ) as steps,
        length(steps) as last,
        arrayLastIndex(step -> step.3 != 'direct', steps) as last_campaign,
        if(last_campaign = 0, last, last_campaign) as last_non_direct,
        toFloat64(first_share) as opening,
        toFloat64(last_share) as closing,
        arrayCumSum(
            arrayMap(
                step -> exp2(
                    -dateDiff('millisecond', step.1, missing.ordered_at)
                    / (86400000 * toFloat64(half_life_days))
                ),
                steps
            )
        ) as decayed
    from missing
    left join journeys
        on journeys.order_id = missing.order_id
        and journeys.attribution_version = missing.attribution_version
),

-- How much of the order the touches up to each have, from none to all of it.
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

made as (
    select
        shared.order_id as order_id,
        shared.attribution_version as attribution_version,
        position,
        touches,
        ordered_in as placed_in,
        step.2 as session_id,
        step.1 as touched_at,
        step.3 as channel,
        step.4 as utm_source,
        step.5 as utm_medium,
        step.6 as utm_campaign,
        step.7 as utm_term,
        step.8 as utm_content,
        step.9 as landing_page,
        arrayMap(
            share -> (
                share.1,
                toInt64(round(1e12 * if(position = 1, 0, share.2[position - 1]))),
                toInt64(round(1e12 * share.2[position]))
            ),
            shares
        ) as parts,
        arrayMap(
            part -> (
                part.1,
                toDecimal128(part.2, 12) / 1000000000000,
                toDecimal128(part.3, 12) / 1000000000000
            ),
            parts
        ) as spans
    from shared
    array join steps as step, arrayEnumerate(steps) as position
),

credits as (
    select
        order_id, attribution_version, position, touches, placed_in, session_id,
        touched_at, channel, utm_source, utm_medium, utm_campaign, utm_term,
        utm_content, landing_page, spans,
        toNullable(placed_at) as stood_at,
        toNullable(first_entry_at) as stood_from,
        toNullable(last_entry_at) as stood_until
    from kept
    union all
    select
        order_id, attribution_version, position, touches, placed_in, session_id,
        touched_at, channel, utm_source, utm_medium, utm_campaign, utm_term,
        utm_content, landing_page, spans, null, null, null
    from made
)

select
    credits.order_id as order_id, attribution_version, position, touches, placed_in,
    session_id, touched_at, channel, utm_source, utm_medium, utm_campaign, utm_term,
    utm_content, landing_page, spans,
    ordered_at as placed_at,
    ifNull(if(stood_at = ordered_at, stood_from, null), entries.first_entry_at)
        as first_entry_at,
    ifNull(if(stood_at = ordered_at, stood_until, null), entries.last_entry_at)
        as last_entry_at
from credits
inner join entries on entries.order_id = credits.order_id
