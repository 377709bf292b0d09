select count() > 0 as is_known
from (select 1 from gold.campaign_15m where currency = {currency:String} limit 1)
