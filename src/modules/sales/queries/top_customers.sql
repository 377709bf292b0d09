-- Known customers by what they spent, refunds taken off on their own day.
select
    customer_id as key,
    customer_id as label,
    sum(sales.gross) - sum(sales.discount) - sum(sales.refunds) as net_sales,
    sum(sales.gross) as gross_sales,
    sum(sales.refunds) as refunds,
    sum(sales.orders) as orders
from gold.fct_sales as sales
where currency = {currency:String}
  and occurred_at >= {from:DateTime64(3, 'UTC')}
  and occurred_at < {to:DateTime64(3, 'UTC')}
  and customer_id != ''
group by customer_id
order by net_sales desc, key
limit {limit:UInt32}
