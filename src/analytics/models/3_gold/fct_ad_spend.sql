-- Spend is of a day, not of an instant. It stands at half past ten in UTC, which is of
-- the same day from Honolulu to Auckland, so that every timezone finds it on its day.
select
    date,
    toDateTime(date, 'UTC') + toIntervalMinute(630) as occurred_at,
    source,
    campaign,
    campaign_id,
    ad_id,
    utm_source,
    utm_medium,
    utm_content,
    utm_term,
    impressions,
    clicks,
    conversions,
    ifNull(ad_spend.spend, 0) as spend,
    currency
from ref('silver.ad_spend') as ad_spend
