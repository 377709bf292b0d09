-- Who a visitor is, and from when on: the customer whom its events name, by identify,
-- alias, login or order; before the first, that one too. On a device that several use,
-- each holds it from the first event that names him until one names another.
with told as (
    select visitor_id, user_id, occurred_at, source, message_id
    from ref('silver.user_events')
    where visitor_id in dirty_keys()
),

ordered as (
    select order_id, anonymous_id as visitor_id, occurred_at, source, message_id
    from ref('silver.order_events')
    where anonymous_id in dirty_keys() and user_id = '' and fact = 'placed'
),

-- Whom the shop's own database says that an order is of.
stated as (
    select order_id, customer_id from ref('silver.order_statements')
    where order_id in (select order_id from ordered)
      and is_order and not is_deleted and customer_id != ''
    order by precedence, version_at desc, source
    limit 1 by order_id
),

-- An id that an alias call names is a visitor of its own where no event says more.
aliased as (
    select user_id, customer_id from ref('silver.aliases')
),

sightings as (
    select * from told
    union all
    select ordered.visitor_id, stated.customer_id, occurred_at, source, message_id
    from ordered
    inner join stated on stated.order_id = ordered.order_id
    union all
    select user_id, user_id, toDateTime64(0, 3, 'UTC'), '', '' from aliased
    where user_id in dirty_keys()
),

-- Of those whom one instant names, the last.
resolved as (
    select
        visitor_id,
        sightings.user_id as user_id,
        coalesce(aliased.customer_id, sightings.user_id) as customer_id,
        occurred_at,
        sightings.source as source,
        message_id
    from sightings
    left join aliased on aliased.user_id = sightings.user_id
    order by occurred_at, source desc, message_id desc
    limit 1 by visitor_id, occurred_at
),

switches as (
    select
        *,
        customer_id != lagInFrame(toNullable(customer_id)) over in_order as is_switch
    from resolved
    window in_order as (
        partition by visitor_id order by occurred_at, source, message_id
    )
),

turns as (
    select
        *,
        sum(ifNull(is_switch, false)) over in_order as turn
    from switches
    window in_order as (
        partition by visitor_id order by occurred_at, source, message_id
        rows between unbounded preceding and current row
    )
)

select
    visitor_id,
    if(turn = 0, toDateTime64(0, 3, 'UTC'), min(occurred_at)) as valid_from,
    any(turns.customer_id) as customer_id,
    arraySort(groupUniqArray(user_id)) as user_ids
from turns
group by visitor_id, turn
