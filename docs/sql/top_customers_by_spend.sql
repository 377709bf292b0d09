-- Top 10 customers by spend: what known customers bought less discounts and what was
-- given back, each on its own day. One currency at a time, since currencies are never
-- summed. gold.fct_sales is the ledger behind every sales metric, so `net_sales` is the
-- API's. Customers stand by their pseudonymous id; names and e-mails are not in the
-- warehouse.
select
    customer_id,
    uniqExactIf(order_id, entry = 'placement') as orders,
    sum(ledger.gross) as gross_sales,
    sum(ledger.refunds) as refunds,
    gross_sales - sum(ledger.discount) - refunds as net_sales
from gold.fct_sales as ledger
where customer_id != ''
  and currency = {currency:String}
group by customer_id
order by net_sales desc, customer_id
limit 10
