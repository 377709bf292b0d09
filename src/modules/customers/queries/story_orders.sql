-- The customer's orders, newest first.
select
    order_id, placed_at, order_number, status, source, channel, currency, revenue, refunds
from gold.customer_orders
where customer_id = {customer:String}
order by placed_at desc, order_number desc
limit {limit:UInt32}
