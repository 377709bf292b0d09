-- Ad spend in other currencies, in the reporting currency: at the last rate of its day or
-- of the seven days before. While no rate stands at all there is nothing to convert.
with stated as materialized (
    select * from ref('silver.ad_spend')
    where (origin, source, record_id) in dirty_keys()
      and currency != reporting_currency()
),

published as (
    select currency, date, rate from ref('silver.reporting_rates')
    where currency in (select currency from stated)
      and date in (
          select arrayJoin(arrayMap(back -> stated.date - back, range(8))) from stated
      )
),

rated as (
    select
        stated.*,
        if(published.date >= stated.date - 7, published.rate, null) as usable_rate,
        if(published.date >= stated.date - 7, published.date, null) as usable_date
    from stated
    asof left join published
        on published.currency = stated.currency and published.date <= stated.date
)

select
    origin, source, record_id, date, campaign, campaign_id, ad_id, utm_source,
    utm_medium, utm_content, utm_term, impressions, clicks, conversions,
    toDecimal128(
        ifNull(round(toDecimal256(ifNull(rated.spend, 0), 6) * usable_rate, 6), 0), 6
    ) as spend,
    reporting_currency() as currency,
    rated.currency as spend_currency,
    usable_rate as rate,
    usable_date as rate_date,
    usable_rate is null as is_rate_missing
from rated
where (select count() from (select 1 from ref('silver.reporting_rates') limit 1)) > 0
