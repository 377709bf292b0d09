-- A visitor's events, cut into sessions: by 30 minutes without an event, by a campaign
-- that is not the one before, and after every 24 hours of what goes on. All events of
-- the stretches of activity that new events touch are read, so the order of arrival does
-- not matter. Robots have no sessions.
with touched as (
    select
        events.* except (properties, traits),
        call in ('page', 'screen') as is_view,
        event = 'Order Completed' as is_order,
        event in ('Product Added', 'Wishlist Product Added to Cart') as is_add,
        cityHash64(
            utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id
        ) as campaign,
        campaign = cityHash64('', '', '', '', '', '') as is_without_campaign
    from ref('silver.events') as events
    inner join dirty_spans() as dirty using (visitor_id)
    where is_of_visit
      and visitor_id in dirty_keys() and toDate(occurred_at) in dirty_days()
      and arrayExists(span -> occurred_at between span.1 and span.2, spans)
    -- Once, for all windows.
    order by visitor_id, occurred_at, message_id, source
),

gaps as (
    select
        *,
        ifNull(
            occurred_at >= lagInFrame(toNullable(occurred_at)) over in_order
                + interval 30 minute,
            true
        ) as is_first_of_activity,
        row_number() over in_order as position
    from touched
    window in_order as (
        partition by visitor_id order by occurred_at, message_id, source
    )
),

activities as (
    select
        *,
        max(if(is_first_of_activity, occurred_at, toDateTime64(0, 3, 'UTC')))
            over to_here as activity_started_at,
        anyLast(if(is_without_campaign, null, campaign)) over before_this
            as last_campaign,
        max(if(is_without_campaign, null, occurred_at)) over before_this
            as last_campaign_at
    from gaps
    window to_here as (
        partition by visitor_id order by occurred_at, message_id, source
        rows between unbounded preceding and current row
    ),
    before_this as (
        partition by visitor_id order by occurred_at, message_id, source
        rows between unbounded preceding and 1 preceding
    )
),

visits as (
    select
        *,
        is_first_of_activity
            or not is_without_campaign and not ifNull(
                campaign = last_campaign and last_campaign_at >= activity_started_at,
                false
            ) as is_first_of_visit,
        sum(is_first_of_visit) over to_here as visit,
        max(if(is_first_of_visit, occurred_at, toDateTime64(0, 3, 'UTC'))) over to_here
            as visit_started_at,
        -- Numbers, since the engine compares them far quicker than tuples.
        position + 1000000000000 * (page_path = '') as entry_rank,
        entry_rank + 2000000000000 * is_without_campaign as arrival_rank
    from activities
    window to_here as (
        partition by visitor_id order by occurred_at, message_id, source
        rows between unbounded preceding and current row
    )
),

sessions as (
    select
        visitor_id,
        activity_started_at,
        argMin((occurred_at, message_id, source), position) as first_event,
        max(occurred_at) as ended_at,
        argMin(
            (page_path, referrer_host, device_type, os, browser, country), entry_rank
        ) as entry,
        -- An app's deep link tells of its campaign before there is a page.
        argMin(
            (
                utm_source, utm_medium, utm_campaign, utm_term, utm_content,
                click_id_name,
                click_id, channel
            ),
            arrival_rank
        ) as arrival,
        argMaxIf(page_path, position, page_path != '') as exit_page,
        arrayCompact(
            arraySlice(
                arraySort(
                    page -> page.1,
                    groupArrayIf((position, page_path), is_view and page_path != '')
                ).2,
                1, 1000
            )
        ) as pages,
        arraySlice(
            arraySort(
                found -> found.1,
                groupArrayIf(
                    (position, (occurred_at, search_term, search_results)),
                    event = 'Products Searched'
                )
            ).2,
            1, 1000
        ) as searches,
        arraySlice(
            arraySort(
                seen -> seen.1,
                groupArrayIf(
                    (
                        position,
                        (
                            toStartOfFifteenMinutes(occurred_at), product_id,
                            product_name, category, brand, is_add
                        )
                    ),
                    is_add or event = 'Product Viewed'
                )
            ).2,
            1, 10000
        ) as products,
        arraySort(groupUniqArrayIf(order_id, is_order and order_id != '')) as order_ids,
        maxIf(occurred_at, is_order) as last_order_at,
        count() as events,
        countIf(is_view) as page_views,
        countIf(event = 'Product Viewed') as product_views,
        countIf(event = 'Products Searched') as search_count,
        countIf(is_add) as adds_to_cart,
        countIf(event = 'Checkout Started') as checkouts,
        countIf(is_order) as order_events,
        countIf(call = 'track' and event not like '% Viewed') as interactions,
        -- Sums that are all zero would be left out, and with them the quarter of an hour.
        sumMap(
            [toStartOfFifteenMinutes(occurred_at)],
            [toUInt32(1)],
            [toUInt32(is_view)],
            [toUInt32(event = 'Product Viewed')],
            [toUInt32(is_add)]
        ) as counts
    from visits
    group by
        visitor_id, activity_started_at, visit,
        intDiv(dateDiff('millisecond', visit_started_at, occurred_at), 86400000)
),

known as (
    select visitor_id, first_seen_at from ref('silver.visitors')
    where visitor_id in dirty_keys()
)

select
    lower(hex(sipHash128(visitor_id, first_event.2))) as session_id,
    visitor_id,
    first_event.3 as source,
    first_event.1 as started_at,
    ended_at,
    activity_started_at,
    max(ended_at) over (partition by sessions.visitor_id, activity_started_at)
        as activity_ended_at,
    started_at <= ifNull(known.first_seen_at, started_at)
        and first_event = min(first_event)
            over (partition by sessions.visitor_id, activity_started_at) as is_first,
    entry.1 as landing_page,
    exit_page,
    entry.2 as referrer_host,
    arrival.1 as utm_source,
    arrival.2 as utm_medium,
    arrival.3 as utm_campaign,
    arrival.4 as utm_term,
    arrival.5 as utm_content,
    arrival.6 as click_id_name,
    arrival.7 as click_id,
    arrival.8 as channel,
    entry.3 as device_type,
    entry.4 as os,
    entry.5 as browser,
    entry.6 as country,
    toUInt64(dateDiff('millisecond', started_at, ended_at)) as duration_ms,
    events,
    page_views,
    product_views,
    search_count,
    adds_to_cart,
    checkouts,
    length(order_ids) as orders,
    order_ids,
    if(order_events = 0, null, last_order_at) as last_order_at,
    adds_to_cart > 0 as has_cart,
    checkouts > 0 as has_checkout,
    order_events > 0 as has_order,
    page_views >= 2 or duration_ms >= 10000 or has_order as is_engaged,
    page_views = 1 and interactions = 0 as is_bounce,
    pages,
    searches,
    products,
    arrayZip(counts.1, counts.3, counts.4, counts.5) as quarters
from sessions
left join known on known.visitor_id = sessions.visitor_id
