select
    bucket_at,
    currency,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    if(campaign_15m.coupon = 'NONE', 'none', campaign_15m.coupon) as coupon,
    orders,
    revenue
from ref('gold.campaign_15m') as campaign_15m
where kind = 'order'
