-- One row an order that was placed. It is placed by its earliest placing event; lines
-- and amounts come from the latest event that carries any and states no other currency;
-- who bought it from the first event that says so.
with facts as (
    select * from ref('silver.order_events')
    where order_id in dirty_keys()
),

placed as (
    select * from facts
    where fact = 'placed'
    order by occurred_at, source, message_id
    limit 1 by order_id
),

headers as (
    select * from facts
    where has_amounts and (
        (source, message_id) in (select source, message_id from placed)
        or fact = 'updated' and (
            stated_currency = ''
            or (order_id, stated_currency) in (select order_id, currency from placed)
        )
    )
    order by fact = 'updated' desc, occurred_at desc, source desc, message_id desc
    limit 1 by order_id
),

people as (
    select
        order_id,
        argMinIf(user_id, (occurred_at, source, message_id), user_id != '') as user_id,
        argMinIf(anonymous_id, (occurred_at, source, message_id), anonymous_id != '')
            as anonymous_id
    from facts
    group by order_id
),

known as (
    select anonymous_id, customer_id from ref('silver.identities')
    where anonymous_id in (select anonymous_id from people)
),

cancelled as (
    select order_id, min(occurred_at) as cancelled_at from facts
    where fact = 'cancelled'
    group by order_id
),

final as (
    select
        placed.order_id as order_id,
        placed.source as source,
        placed.occurred_at as placed_at,
        coalesce(nullIf(people.user_id, ''), known.customer_id, '') as customer_id,
        people.anonymous_id as anonymous_id,
        placed.country as country,
        placed.device_type as device_type,
        placed.currency as currency,
        placed.is_test as is_test,
        ifNull(placed.gross, 0) as placed_gross,
        ifNull(placed.discount, 0) as placed_discount,
        ifNull(coalesce(headers.gross, placed.gross), 0) as gross,
        ifNull(coalesce(headers.discount, placed.discount), 0) as discount,
        ifNull(coalesce(headers.tax, placed.tax), 0) as tax,
        ifNull(coalesce(headers.shipping, placed.shipping), 0) as shipping,
        headers.units as units,
        headers.lines as lines,
        cancelled.cancelled_at as cancelled_at
    from placed
    left join headers on headers.order_id = placed.order_id
    left join people on people.order_id = placed.order_id
    left join known on known.anonymous_id = people.anonymous_id
    left join cancelled on cancelled.order_id = placed.order_id
)

select * from final
