-- What the customer has been worth and may become, in each currency, most orders first.
select
    worth.currency as currency,
    worth.orders as orders,
    worth.revenue as revenue,
    worth.refunds as refunds,
    worth.net_revenue as net_revenue,
    worth.average_order_value as average_order_value,
    worth.refund_share as refund_share,
    worth.first_order_at as first_order_at,
    worth.last_order_at as last_order_at,
    worth.average_days_between_orders as average_days_between_orders,
    worth.favourite_category as favourite_category,
    segments.segment as segment,
    segments.recency_score as recency_score,
    segments.frequency_score as frequency_score,
    segments.monetary_score as monetary_score,
    scores.status as clv_status,
    scores.p_alive as p_alive,
    scores.expected_orders as expected_orders,
    scores.clv as clv
from (
    select * from gold.customer_value where customer_id = {customer:String}
) as worth
left join (
    select * from gold.customer_segments where customer_id = {customer:String}
) as segments on segments.currency = worth.currency
left join (
    select * from gold.customer_clv where customer_id = {customer:String}
) as scores on scores.currency = worth.currency
order by orders desc, currency
limit {limit:UInt32}
