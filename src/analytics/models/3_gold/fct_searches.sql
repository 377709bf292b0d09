-- Searches, each with the session it was made in.
select
    search.1 as searched_at,
    if(search.2 = '', 'none', search.2) as term,
    search.3 as results,
    ifNull(last_order_at > search.1, false) as is_before_order,
    session_id,
    visitor_id,
    source,
    started_at,
    landing_page,
    referrer_host,
    utm_source,
    utm_medium,
    utm_campaign,
    channel,
    device_type,
    os,
    browser,
    country
from ref('gold.fct_sessions')
array join searches as search
