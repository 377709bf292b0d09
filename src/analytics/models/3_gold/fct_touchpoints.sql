-- A session is of the customer who held the device when it began, else of its visitor.
-- The session in which the order was placed is always a touch.
with orders as (
    select
        order_id,
        placed_at,
        session_id as placed_in,
        multiIf(
            customer_id != '', concat('customer ', customer_id),
            anonymous_id != '', concat('visitor ', anonymous_id),
            ''
        ) as person
    from ref('silver.orders')
    where not is_test
),

sessions as (
    select
        session_id, visitor_id, started_at, channel, utm_source, utm_medium,
        utm_campaign, utm_term, utm_content, landing_page
    from ref('gold.fct_sessions')
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
    asof left join ref('gold.fct_identities') as identities
        on identities.visitor_id = sessions.visitor_id
        and identities.valid_from <= sessions.started_at
),

touches as (
    select
        order_id, placed_at, session_id, started_at, channel, utm_source, utm_medium,
        utm_campaign, utm_term, utm_content, landing_page,
        session_id = placed_in as is_of_order
    from orders
    inner join visits on visits.person = orders.person
    where visits.started_at <= orders.placed_at
    union distinct
    select
        order_id, placed_at, session_id, started_at, channel, utm_source, utm_medium,
        utm_campaign, utm_term, utm_content, landing_page,
        session_id = placed_in as is_of_order
    from orders
    inner join sessions on sessions.session_id = orders.placed_in
)

select *, least(started_at, placed_at) as touched_at
from touches
