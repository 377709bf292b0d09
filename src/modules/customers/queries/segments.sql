-- The customers of each segment today, and what their orders of the range brought.
with brought as (
    select
        customer_id,
        sum(orders.revenue) - sum(orders.refunds) as net_revenue
    from gold.customer_orders as orders
    where currency = {currency:String}
      and placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
    group by customer_id
)

select
    segment,
    count() as segment_customers,
    toDecimal128(count(), 10) / sum(count()) over () as segment_customer_share,
    sum(ifNull(brought.net_revenue, 0)) as customer_net_revenue,
    toDecimal128(sum(ifNull(brought.net_revenue, 0)), 10)
        / nullIf(sum(sum(ifNull(brought.net_revenue, 0))) over (), 0)
        as segment_revenue_share
from gold.customer_segments as segments
left join brought on brought.customer_id = segments.customer_id
where segments.currency = {currency:String}
group by segment
order by customer_net_revenue desc, segment
