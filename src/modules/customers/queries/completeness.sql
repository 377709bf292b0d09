-- Whether the range holds what the answer leaves out or what may still change. Customers
-- are worth what they ordered in the currency itself.
select
    countIf(currency != {currency:String}) > 0 as has_other_currencies,
    sumIf(orders, currency = {currency:String} and not customer_known) > 0
        as has_unknown_customers
from gold.sales_15m
where not is_converted
  and bucket_at >= {from:DateTime64(3, 'UTC')} and bucket_at < {to:DateTime64(3, 'UTC')}
