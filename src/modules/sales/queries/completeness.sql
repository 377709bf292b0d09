-- Whether the range holds what the answer leaves out or what may still change: entries in
-- other currencies than the one asked for, unless they stand converted to it.
select
    sumIf(entries, not is_converted and currency != {currency:String})
        > sumIf(entries, is_converted and currency = {currency:String})
        as has_other_currencies,
    sumIf(orders, currency = {currency:String} and not customer_known) > 0
        as has_unknown_customers
from gold.sales_15m
where bucket_at >= {from:DateTime64(3, 'UTC')} and bucket_at < {to:DateTime64(3, 'UTC')}
