-- The sessions that visitors began while they were the customer, newest first.
with turns as (
    select
        turn.1 as visitor_id,
        turn.2 as valid_from,
        turn.3 as valid_until
    from (
        select arrayJoin(arrayZip(
            {visitors:Array(String)},
            {valid_from:Array(DateTime64(3, 'UTC'))},
            {valid_until:Array(DateTime64(3, 'UTC'))}
        )) as turn
    )
),

visits as (
    select
        session_id, visitor_id, started_at, duration_ms, page_views, channel,
        utm_campaign, landing_page, device_type, country, has_cart, has_order
    from gold.fct_sessions
    where visitor_id in {visitors:Array(String)}
)

select
    visits.session_id as session_id,
    visits.started_at as started_at,
    visits.duration_ms as duration_ms,
    visits.page_views as page_views,
    visits.channel as channel,
    visits.utm_campaign as utm_campaign,
    visits.landing_page as landing_page,
    visits.device_type as device_type,
    visits.country as country,
    visits.has_cart as has_cart,
    visits.has_order as has_order
from visits
inner join turns on turns.visitor_id = visits.visitor_id
where visits.started_at >= turns.valid_from and visits.started_at < turns.valid_until
order by started_at desc, session_id
limit {limit:UInt32}
-- The visitor is part of the key of sessions, so that no version is lost by asking for it
-- before the versions are merged; days without him are then hardly read.
settings optimize_move_to_prewhere_if_final = 1
