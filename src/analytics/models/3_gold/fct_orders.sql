select
    orders.order_id as order_id,
    source,
    origin,
    status,
    placed_at,
    customer_id,
    country,
    device_type,
    currency,
    gross,
    discount,
    tax,
    shipping,
    units,
    cancelled_at,
    placed_gross,
    placed_discount
from ref('silver.orders') as orders
where not is_test
