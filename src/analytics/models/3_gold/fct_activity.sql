-- What sessions did, by quarter of an hour. A session itself counts in its first.
select
    toStartOfFifteenMinutes(started_at) = bucket_at as is_start,
    * except (quarters, page_views, product_views, adds_to_cart),
    quarter.1 as bucket_at,
    sessions.page_views as session_page_views,
    quarter.2 as page_views,
    quarter.3 as product_views,
    quarter.4 as adds_to_cart
from ref('gold.fct_sessions') as sessions
array join quarters as quarter
