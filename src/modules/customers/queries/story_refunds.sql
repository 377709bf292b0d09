-- What was taken back of the customer's orders, newest first.
select order_id, entry, occurred_at, currency, goods, tax, shipping
from gold.fct_refunds
where order_id in (
    select order_id from gold.customer_orders where customer_id = {customer:String}
)
order by occurred_at desc, order_id, adjustment_id
limit {limit:UInt32}
