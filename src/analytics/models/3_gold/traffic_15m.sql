with activity as (
    select * from ref('gold.fct_activity')
    where (
        toDate(started_at) in {dirty_days:Array(Date)}
        or toDate(started_at) + 1 in {dirty_days:Array(Date)}
    )
      and toDate(bucket_at) in {dirty_days:Array(Date)}
)

select
    bucket_at,
    source,
    channel,
    countIf(is_start) as sessions,
    countIf(is_start and is_first) as new_visitors,
    countIf(is_start and is_engaged) as engaged_sessions,
    countIf(is_start and is_bounce) as bounces,
    countIf(is_start and has_cart) as cart_sessions,
    countIf(is_start and has_cart and not has_order) as abandoned_carts,
    countIf(is_start and has_checkout) as checkout_sessions,
    countIf(is_start and has_checkout and not has_order) as abandoned_checkouts,
    countIf(is_start and has_order) as order_sessions,
    sumIf(session_page_views, is_start) as session_page_views,
    sumIf(activity.duration_ms, is_start) as duration_ms,
    sum(activity.page_views) as page_views,
    sum(activity.product_views) as product_views,
    sum(activity.adds_to_cart) as adds_to_cart,
    uniqCombined64State(visitor_id) as visitors
from activity
group by bucket_at, source, channel
