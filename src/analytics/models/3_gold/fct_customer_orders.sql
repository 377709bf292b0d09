select
    orders.order_id as order_id,
    orders.source as source,
    orders.status as status,
    orders.placed_at as placed_at,
    orders.customer_id as customer_id,
    orders.currency as currency,
    orders.gross as gross,
    orders.discount as discount,
    customers.plan as customer_plan,
    customers.language as customer_language,
    customers.country as customer_country
from ref('gold.fct_orders') as orders
inner join ref('silver.order_customers') as customers
    on customers.order_id = orders.order_id
