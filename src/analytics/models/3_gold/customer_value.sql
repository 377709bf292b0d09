-- What each customer has been worth so far, in each currency in which he ordered.
with by_category as (
    select
        orders.customer_id as customer_id,
        orders.currency as currency,
        category,
        sum(lines.gross) - sum(lines.discount) as category_revenue
    from ref('gold.fct_order_lines') as lines
    inner join ref('gold.customer_orders') as orders on orders.order_id = lines.order_id
    group by customer_id, currency, category
),

favourites as (
    select customer_id, currency, category
    from by_category
    order by category = 'unknown', category_revenue desc, category
    limit 1 by customer_id, currency
),

totals as (
    select
        customer_id,
        currency,
        count() as orders,
        sum(placed.gross) as gross,
        sum(placed.discount) as discounts,
        sum(placed.revenue) as revenue,
        sum(placed.refunds) as refunds,
        min(placed_at) as first_order_at,
        max(placed_at) as last_order_at
    from ref('gold.customer_orders') as placed
    group by customer_id, currency
)

select
    totals.customer_id as customer_id,
    totals.currency as currency,
    totals.orders as orders,
    totals.gross as gross,
    totals.discounts as discounts,
    totals.revenue as revenue,
    totals.refunds as refunds,
    totals.revenue - totals.refunds as net_revenue,
    toDecimal128(totals.revenue, 10) / totals.orders as average_order_value,
    toDecimal128(totals.refunds, 10) / nullIf(totals.revenue, 0) as refund_share,
    first_order_at,
    last_order_at,
    if(
        totals.orders = 1, null,
        dateDiff('millisecond', first_order_at, last_order_at)
            / 86400000 / (totals.orders - 1)
    ) as average_days_between_orders,
    ifNull(favourites.category, 'unknown') as favourite_category
from totals
left join favourites
    on favourites.customer_id = totals.customer_id
    and favourites.currency = totals.currency
