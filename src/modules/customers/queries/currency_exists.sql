-- Whether there is anything in the currency, or a rate of it.
select count() > 0 as is_known
from (
    (select 1 from gold.customer_orders where currency = {currency:String} limit 1)
    union all
    (select 1 from gold.fct_fx_rates where currency = {currency:String} limit 1)
)
