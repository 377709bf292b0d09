-- Visits, orders and credits as they are, and spend under the campaign that it is
-- matched to.
select
    kind,
    bucket_at,
    currency,
    attribution_model,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    'no spend' as matched,
    sessions,
    engaged_sessions,
    bounces,
    order_sessions,
    orders,
    credited_orders,
    new_customers,
    revenue,
    refunds,
    impressions,
    clicks,
    conversions,
    spend
from ref('gold.campaign_15m')
where kind != 'spend'
union all
select
    kind,
    bucket_at,
    currency,
    attribution_model,
    ifNull(matches.channel, 'unknown') as channel,
    ifNull(matches.utm_source, 'unknown') as utm_source,
    ifNull(matches.utm_medium, 'unknown') as utm_medium,
    ifNull(matches.utm_campaign, spent.utm_campaign) as utm_campaign,
    utm_term,
    utm_content,
    ifNull(matches.matched, 'none') as matched,
    sessions,
    engaged_sessions,
    bounces,
    order_sessions,
    orders,
    credited_orders,
    new_customers,
    revenue,
    refunds,
    impressions,
    clicks,
    conversions,
    spend
from ref('gold.campaign_15m') as spent
left join ref('gold.campaign_matches') as matches
    on matches.spent_campaign = spent.utm_campaign
    and matches.spent_id = spent.campaign_id
    and matches.spent_source = spent.utm_source
    and matches.spent_medium = spent.utm_medium
where kind = 'spend'
