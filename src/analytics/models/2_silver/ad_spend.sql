-- What ads cost and brought, a day at a time, as files and the shop's database state it.
with records as (
    select
        *,
        JSONExtract(
            payload,
            'Tuple(date String, campaign String, campaign_id String, ad_id String,
             source String, medium String, content String, term String,
             impressions Nullable(Int64), clicks Nullable(Int64),
             conversions Nullable(Decimal(18, 6)), spend Nullable(Decimal(18, 6)),
             currency String)'
        ) as doc
    from ref('silver.records')
    where entity = 'ad_spend' and not is_deleted
      and (origin, source, record_id) in dirty_keys()
)

select
    origin,
    records.source as source,
    record_id,
    toDate(doc.date) as date,
    doc.campaign as campaign,
    doc.campaign_id as campaign_id,
    doc.ad_id as ad_id,
    doc.source as utm_source,
    doc.medium as utm_medium,
    doc.content as utm_content,
    doc.term as utm_term,
    ifNull(doc.impressions, 0) as impressions,
    ifNull(doc.clicks, 0) as clicks,
    ifNull(doc.conversions, 0) as conversions,
    doc.spend as spend,
    doc.currency as currency
from records
