-- Whether the range holds amounts in other currencies than the one asked for that do not
-- stand converted to it, and orders of unknown customers.
select
    sumIf(entries, not is_converted and currency not in ('', {currency:String}))
        > sumIf(entries, is_converted and currency = {currency:String})
        as has_other_currencies,
    (
        select count() > 0 from gold.fct_sales
        where occurred_at >= {from:DateTime64(3, 'UTC')}
          and occurred_at < {to:DateTime64(3, 'UTC')}
          and entry = 'placement' and currency = {currency:String} and customer_id = ''
    ) as has_unknown_customers
from gold.campaign_15m
where kind in ('order', 'spend', 'credit')
  and bucket_at >= {from:DateTime64(3, 'UTC')} and bucket_at < {to:DateTime64(3, 'UTC')}
