-- Sessions by their start, and what each model credits, with the page that they began on.
with facts as (
    select
        'session' as kind, started_at as bucket_at, '' as currency,
        '' as attribution_model, channel, utm_source, utm_medium, utm_campaign, utm_term,
        utm_content, landing_page,
        toUInt64(1) as sessions, toUInt64(is_engaged) as engaged_sessions,
        toUInt64(is_bounce) as bounces, toUInt64(has_order) as order_sessions,
        toDecimal128(0, 12) as credited_orders, toDecimal128(0, 6) as revenue,
        toDecimal128(0, 6) as refunds
    from ref('gold.fct_sessions')
    union all
    select
        'credit' as kind, occurred_at as bucket_at, currency, attribution_model, channel,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, landing_page,
        0, 0, 0, 0, credited_orders, revenue, refunds
    from ref('gold.fct_attribution')
)

select
    facts.* replace (
        lower(trim(replaceRegexpAll(utm_source, '\\s+', ' '))) as utm_source,
        lower(trim(replaceRegexpAll(utm_medium, '\\s+', ' '))) as utm_medium,
        lower(trim(replaceRegexpAll(utm_campaign, '\\s+', ' '))) as utm_campaign,
        lower(trim(replaceRegexpAll(utm_term, '\\s+', ' '))) as utm_term,
        lower(trim(replaceRegexpAll(utm_content, '\\s+', ' '))) as utm_content
    )
from facts
