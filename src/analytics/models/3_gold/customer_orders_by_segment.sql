select orders.*, segments.segment as segment
from ref('gold.customer_orders') as orders
inner join ref('gold.customer_segments') as segments
    on segments.customer_id = orders.customer_id
    and segments.currency = orders.currency
