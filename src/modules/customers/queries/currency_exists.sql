select count() > 0 as is_known
from (select 1 from gold.customer_orders where currency = {currency:String} limit 1)
