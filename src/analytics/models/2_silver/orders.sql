-- One row an order, counted once by its id whichever sources report it. Three groups of
-- fields, each from the source of highest precedence that tells it: who and when,
-- amounts, lines; gross is that of the lines where there are any. An edit that is newer
-- than what that source was read up to stands instead, unless it states another currency.
-- An order that its source deleted is none.
with facts as materialized (
    select * from ref('silver.order_events')
    where order_id in dirty_keys()
),

placed as materialized (
    select * from facts
    where fact = 'placed'
    order by occurred_at, source, message_id
    limit 1 by order_id
),

statements as materialized (
    select * from ref('silver.order_statements')
    where order_id in dirty_keys() and is_order
      and (is_deleted or placed_at is not null)
),

stated as (
    select * from statements
    order by precedence, version_at desc, source
    limit 1 by order_id
),

priced as (
    select * from statements
    where not is_deleted and gross is not null
    order by precedence, version_at desc, source
    limit 1 by order_id
),

lined as (
    select statements.*
    from statements
    inner join priced on priced.order_id = statements.order_id
    where not statements.is_deleted and notEmpty(statements.lines)
      and (
          statements.currency = priced.currency
          or statements.currency = '' or priced.currency = ''
      )
    order by statements.precedence, statements.version_at desc, statements.source
    limit 1 by statements.order_id
),

headers as materialized (
    select
        ids.order_id as order_id,
        ifNull(stated.source, placed.source) as source,
        ifNull(stated.origin, 'event') as origin,
        coalesce(stated.placed_at, placed.occurred_at) as placed_at,
        ifNull(stated.country, '') as stated_country,
        ifNull(placed.country, 'unknown') as placed_country,
        ifNull(placed.device_type, 'unknown') as device_type,
        coalesce(
            nullIf(priced.currency, ''), placed.currency, stated.currency
        ) as currency,
        ifNull(stated.is_test, 0) or ifNull(placed.is_test, 0) as is_test,
        ifNull(stated.status, '') as stated_status,
        ifNull(stated.is_deleted, 0) as is_deleted,
        placed.order_id is not null
            and placed.currency = coalesce(nullIf(priced.currency, ''), placed.currency)
            as is_placed,
        multiIf(
            notEmpty(lined.lines), lined.lines,
            is_placed, placed.lines,
            []
        ) as lines,
        coalesce(priced.gross, placed.gross) as told_gross,
        if(priced.order_id is null, placed.discount, priced.discount) as discount,
        if(priced.order_id is null, placed.tax, priced.tax) as tax,
        if(priced.order_id is null, placed.shipping, priced.shipping) as shipping
    from (
        select order_id from placed
        union distinct
        select order_id from stated
    ) as ids
    left join placed on placed.order_id = ids.order_id
    left join stated on stated.order_id = ids.order_id
    left join priced on priced.order_id = ids.order_id
    left join lined on lined.order_id = ids.order_id
),

edits as (
    select lifecycle.*
    from ref('silver.order_lifecycle') as lifecycle
    inner join headers on headers.order_id = lifecycle.order_id
    where lifecycle.order_id in dirty_keys() and fact = 'updated' and has_amounts
      and stated_currency in ('', headers.currency)
    order by occurred_at desc, source desc, message_id desc
    limit 1 by order_id
),

changes as (
    select
        order_id,
        argMax(
            (fact, occurred_at), (occurred_at, precedence, source, message_id)
        ) as last_change
    from ref('silver.order_lifecycle')
    where order_id in dirty_keys() and fact in ('cancelled', 'reinstated')
    group by order_id
),

refunded as (
    select distinct order_id from ref('silver.order_lifecycle')
    where order_id in dirty_keys() and fact = 'refunded'
),

people as materialized (
    select
        order_id,
        argMinIf(user_id, (occurred_at, source, message_id), user_id != '') as user_id,
        argMinIf(anonymous_id, (occurred_at, source, message_id), anonymous_id != '')
            as anonymous_id,
        minIf(occurred_at, facts.anonymous_id != '') as seen_at
    from facts
    group by order_id
),

aliased as (
    select user_id, customer_id from ref('silver.aliases')
    where user_id in (select user_id from people)
),

identities as (
    select visitor_id, valid_from, customer_id from ref('silver.identities')
    where visitor_id in (select anonymous_id from people)
),

known as (
    select people.order_id as order_id, identities.customer_id as customer_id
    from people
    asof join identities
        on identities.visitor_id = people.anonymous_id
        and identities.valid_from <= people.seen_at
),

buyers as materialized (
    select
        ids.order_id as order_id,
        coalesce(
            nullIf(stated.customer_id, ''),
            aliased.customer_id,
            nullIf(people.user_id, ''),
            known.customer_id,
            ''
        ) as customer_id,
        ifNull(people.anonymous_id, '') as anonymous_id
    from (
        select order_id from people
        union distinct
        select order_id from stated
    ) as ids
    left join stated on stated.order_id = ids.order_id
    left join people on people.order_id = ids.order_id
    left join aliased on aliased.user_id = people.user_id
    left join known on known.order_id = ids.order_id
),

-- The session in which the tracked placement lies.
placements as (
    select
        order_id,
        if(anonymous_id != '', anonymous_id, user_id) as visitor_id,
        occurred_at
    from placed
),

sessions as (
    select
        arrayJoin(order_ids) as order_id,
        visitor_id, started_at, ended_at, session_id, channel, utm_source, utm_medium,
        utm_campaign
    from ref('silver.sessions')
    where visitor_id in (select visitor_id from placements)
      and toDate(started_at) in (
          select arrayJoin([toDate(occurred_at) - 1, toDate(occurred_at)])
          from placements
      )
),

visits as (
    select
        placements.order_id as order_id, session_id, channel, utm_source, utm_medium,
        utm_campaign
    from placements
    inner join sessions
        on sessions.order_id = placements.order_id
        and sessions.visitor_id = placements.visitor_id
    where placements.occurred_at between sessions.started_at and sessions.ended_at
    order by sessions.started_at, sessions.session_id
    limit 1 by sessions.order_id
),

homes as (
    select
        customer_id,
        argMaxIf(
            JSONExtractString(payload, 'country'),
            (version_at, sequence, origin, source, record_id),
            JSONExtractString(payload, 'country') != ''
        ) as country
    from ref('silver.records')
    where entity = 'customers' and not is_deleted
      and customer_id in (select customer_id from buyers)
    group by customer_id
),

final as (
    select
        headers.order_id as order_id,
        headers.source as source,
        headers.origin as origin,
        headers.placed_at as placed_at,
        buyers.customer_id as customer_id,
        buyers.anonymous_id as anonymous_id,
        coalesce(
            nullIf(stated_country, ''), nullIf(placed_country, 'unknown'),
            nullIf(homes.country, ''), 'unknown'
        ) as country,
        headers.device_type as device_type,
        ifNull(visits.session_id, '') as session_id,
        ifNull(visits.channel, 'unknown') as channel,
        ifNull(visits.utm_source, 'unknown') as utm_source,
        ifNull(visits.utm_medium, 'unknown') as utm_medium,
        ifNull(visits.utm_campaign, 'unknown') as utm_campaign,
        headers.currency as currency,
        headers.is_test as is_test,
        if(
            notEmpty(headers.lines),
            arraySum(
                line -> toDecimal128(
                    round(toDecimal128(line.quantity, 6) * line.price, 6), 6
                ),
                headers.lines
            ),
            toDecimal128(ifNull(told_gross, 0), 6)
        ) as placed_gross,
        ifNull(headers.discount, 0) as placed_discount,
        if(edits.order_id is null, placed_gross, ifNull(edits.gross, told_gross))
            as gross,
        ifNull(coalesce(edits.discount, headers.discount), 0) as discount,
        ifNull(coalesce(edits.tax, headers.tax), 0) as tax,
        ifNull(coalesce(edits.shipping, headers.shipping), 0) as shipping,
        if(edits.order_id is null, headers.lines, edits.lines) as lines,
        if(
            changes.last_change.1 = 'cancelled',
            changes.last_change.2::Nullable(DateTime64(3, 'UTC')),
            null
        ) as cancelled_at,
        multiIf(
            isNotNull(cancelled_at), 'cancelled',
            stated_status not in ('', 'cancelled'), stated_status,
            refunded.order_id is not null, 'refunded',
            'placed'
        ) as status
    from headers
    inner join buyers on buyers.order_id = headers.order_id
    left join edits on edits.order_id = headers.order_id
    left join changes on changes.order_id = headers.order_id
    left join refunded on refunded.order_id = headers.order_id
    left join homes on homes.customer_id = buyers.customer_id
    left join visits on visits.order_id = headers.order_id
    where not is_deleted
)

select
    *,
    if(empty(final.lines), null, arraySum(line -> line.quantity, final.lines)) as units
from final
