-- Customers by what their orders of the range brought, with their segment of today and
-- what to expect of them.
with best as (
    select
        customer_id,
        sum(orders.revenue) - sum(orders.refunds) as customer_net_revenue,
        sum(orders.revenue) as customer_revenue,
        sum(orders.refunds) as customer_refunds,
        count() as customer_orders,
        max(placed_at) as last_order_at
    from gold.customer_orders as orders
    where currency = {currency:String}
      and placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
    group by customer_id
    order by customer_net_revenue desc, customer_id
    limit {limit:UInt32}
),

segments as (
    select customer_id, segment from gold.customer_segments
    where currency = {currency:String}
),

scores as (
    select customer_id, p_alive, clv from gold.customer_clv
    where currency = {currency:String}
)

select
    best.customer_id as customer_id,
    best.customer_net_revenue as customer_net_revenue,
    best.customer_revenue as customer_revenue,
    best.customer_refunds as customer_refunds,
    best.customer_orders as customer_orders,
    best.last_order_at as last_order_at,
    segments.segment as segment,
    scores.p_alive as p_alive,
    scores.clv as clv
from best
left join segments on segments.customer_id = best.customer_id
left join scores on scores.customer_id = best.customer_id
order by customer_net_revenue desc, customer_id
