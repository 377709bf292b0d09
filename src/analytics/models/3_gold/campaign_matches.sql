-- Which campaign of sessions an ad platform's campaign is: the one of the same name,
-- else the one named by the platform's id; where spend states a source or a medium, with
-- these. What it leaves open is taken from those sessions, if all of them agree.
with spent as (
    select utm_campaign, campaign_id, utm_source, utm_medium
    from ref('gold.campaign_15m')
    where kind = 'spend'
    group by utm_campaign, campaign_id, utm_source, utm_medium
),

visited as (
    select
        utm_campaign, utm_source, utm_medium, channel,
        sum(campaign_15m.sessions) as sessions
    from ref('gold.campaign_15m') as campaign_15m
    where kind = 'session'
    group by utm_campaign, utm_source, utm_medium, channel
),

judged as (
    select
        spent.utm_campaign as spent_campaign,
        spent.campaign_id as spent_id,
        spent.utm_source as spent_source,
        spent.utm_medium as spent_medium,
        visited.utm_campaign as utm_campaign,
        visited.utm_source as utm_source,
        visited.utm_medium as utm_medium,
        visited.channel as channel,
        visited.sessions as sessions,
        if(name = spent.utm_campaign, 1, 2) as rank,
        spent_source in ('', visited.utm_source)
            and spent_medium in ('', visited.utm_medium) as is_fit
    from spent
    array join arrayDistinct([spent.utm_campaign, spent.campaign_id]) as name
    inner join visited on visited.utm_campaign = name
    where name != ''
),

best as (
    select
        spent_campaign, spent_id, spent_source, spent_medium,
        minIf(rank, is_fit) as rank,
        max(is_fit) as is_matched
    from judged
    group by spent_campaign, spent_id, spent_source, spent_medium
),

found as (
    select
        judged.spent_campaign as spent_campaign,
        judged.spent_id as spent_id,
        judged.spent_source as spent_source,
        judged.spent_medium as spent_medium,
        any(best.is_matched) as is_matched,
        any(best.rank) as rank,
        anyIf(judged.utm_campaign, is_fit and judged.rank = best.rank) as utm_campaign,
        groupUniqArrayIf(2)(judged.utm_source, is_fit and judged.rank = best.rank)
            as sources,
        groupUniqArrayIf(2)(judged.utm_medium, is_fit and judged.rank = best.rank)
            as mediums,
        sumMapIf(
            [toString(channel)], [sessions], is_fit and judged.rank = best.rank
        ) as by_channel
    from judged
    inner join best
        on best.spent_campaign = judged.spent_campaign
        and best.spent_id = judged.spent_id
        and best.spent_source = judged.spent_source
        and best.spent_medium = judged.spent_medium
    group by spent_campaign, spent_id, spent_source, spent_medium
)

select
    spent.utm_campaign as spent_campaign,
    spent.campaign_id as spent_id,
    spent.utm_source as spent_source,
    spent.utm_medium as spent_medium,
    multiIf(
        found.spent_campaign is null, 'none',
        not found.is_matched, 'other source or medium',
        found.rank = 1, 'campaign name',
        'campaign id'
    ) as matched,
    found.is_matched is not null and found.is_matched = 1 as is_matched,
    if(is_matched, found.utm_campaign, spent_campaign) as utm_campaign,
    multiIf(
        spent_source != '', spent_source,
        is_matched and length(found.sources) = 1, found.sources[1],
        'unknown'
    ) as utm_source,
    multiIf(
        spent_medium != '', spent_medium,
        is_matched and length(found.mediums) = 1, found.mediums[1],
        'unknown'
    ) as utm_medium,
    if(
        is_matched,
        arrayReverseSort(
            one -> (one.2, one.1),
            arrayZip(found.by_channel.1, found.by_channel.2)
        )[1].1,
        'unknown'
    ) as channel
from spent
left join found
    on found.spent_campaign = spent.utm_campaign
    and found.spent_id = spent.campaign_id
    and found.spent_source = spent.utm_source
    and found.spent_medium = spent.utm_medium
