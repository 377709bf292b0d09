-- Whether the range holds amounts in other currencies, and orders of unknown customers.
select
    countIf(currency not in ('', {currency:String})) > 0 as has_other_currencies,
    (
        select count() > 0 from gold.fct_orders
        where placed_at >= {from:DateTime64(3, 'UTC')}
          and placed_at < {to:DateTime64(3, 'UTC')}
          and currency = {currency:String} and customer_id = ''
    ) as has_unknown_customers
from gold.campaign_15m
where kind in ('order', 'spend', 'credit')
  and bucket_at >= {from:DateTime64(3, 'UTC')} and bucket_at < {to:DateTime64(3, 'UTC')}
