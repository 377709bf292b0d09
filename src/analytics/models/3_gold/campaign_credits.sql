select * except (sessions, engaged_sessions, bounces, order_sessions, orders)
from ref('gold.campaign_performance')
where kind in ('credit', 'spend')
