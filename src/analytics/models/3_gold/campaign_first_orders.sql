select
    customer_id,
    argMin(order_id, (orders.placed_at, order_id)) as order_id,
    min(orders.placed_at) as placed_at
from ref('silver.orders') as orders
where customer_id in dirty_keys() and customer_id != '' and not is_test
group by customer_id
