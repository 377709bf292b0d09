-- Whether orders since the range began are in another currency, and so left out.
select count() > 0 as is_partial
from (
    select 1 from gold.fct_orders
    where currency != {currency:String} and placed_at >= {from:DateTime64(3, 'UTC')}
    limit 1
)
