-- Orders of known customers, each with its place among all orders of its customer, in
-- whatever currency, and with what was given back of it so far.
with placed as (
    select * from ref('gold.fct_orders')
    where customer_id != ''
),

given_back as (
    select order_id, sum(goods) as refunds
    from ref('gold.fct_refunds')
    where not is_orphan
    group by order_id
)

select
    placed.order_id as order_id,
    customer_id,
    placed_at,
    row_number() over in_order as order_number,
    lagInFrame(toNullable(placed_at)) over in_order as previous_placed_at,
    min(placed_at) over whole as first_placed_at,
    source,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    status,
    cancelled_at,
    gross,
    discount,
    gross - discount as revenue,
    ifNull(given_back.refunds, 0) as refunds
from placed
left join given_back on given_back.order_id = placed.order_id
window
    in_order as (
        partition by customer_id order by placed_at, placed.order_id
        rows between unbounded preceding and unbounded following
    ),
    whole as (partition by customer_id)
