-- Spend of campaigns that no session ever had, and sessions of campaigns without spend.
with picked as (
    select * from sessions()
),

unmatched as (
    select
        'spend' as found_in,
        utm_campaign,
        utm_source,
        utm_medium,
        matched as reason,
        toString(sum(picked.spend)) as spend,
        sum(picked.clicks) as clicks,
        toUInt64(0) as sessions
    from picked
    where kind = 'spend' and matched in ('none', 'other source or medium')
    group by utm_campaign, utm_source, utm_medium, matched
    union all
    select
        'sessions' as found_in,
        utm_campaign,
        utm_source,
        utm_medium,
        'no spend' as reason,
        '0' as spend,
        toInt64(0) as clicks,
        sum(picked.sessions) as sessions
    from picked
    where kind = 'session' and utm_campaign not in ('none', 'unknown')
      and utm_campaign not in (
          select utm_campaign from gold.campaign_matches where is_matched
      )
    group by utm_campaign, utm_source, utm_medium
)

select * from unmatched
order by
    found_in desc, toDecimal128(spend, 6) desc, sessions desc, utm_campaign, utm_source,
    utm_medium
limit {limit:UInt32}
