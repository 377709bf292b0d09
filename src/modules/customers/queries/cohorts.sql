-- Cohorts of customers by the period of their first order, and who ordered when after it.
-- Period 0 is that of the first order.
with orders as (
    select
        customer_id,
        order_number,
        currency,
        revenue,
        toDate(bucket_of(first_placed_at)) as cohort,
        toDate(bucket_of(placed_at)) as bucket
    from gold.customer_orders
    where first_placed_at >= {from:DateTime64(3, 'UTC')}
      and first_placed_at < {to:DateTime64(3, 'UTC')}
),

sizes as (
    select cohort, countIf(order_number = 1) as size from orders
    group by cohort
),

retained as (
    select
        cohort,
        dateDiff({unit:String}, cohort, bucket) as period,
        uniqExact(customer_id) as active_customers,
        sum(orders.revenue) as revenue
    from orders
    where currency = {currency:String}
    group by cohort, period
    having period < {periods:UInt16}
)

select
    sizes.cohort as cohort,
    sizes.size as size,
    ifNull(retained.period, 0) as period,
    ifNull(retained.active_customers, 0) as active_customers,
    ifNull(retained.revenue, 0) as revenue
from sizes
left join retained on retained.cohort = sizes.cohort
order by cohort, period
