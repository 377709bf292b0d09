with events as (
    select * from ref('silver.events')
    where toDate(occurred_at) in {dirty_days:Array(Date)}
)

select
    toStartOfFifteenMinutes(occurred_at) as bucket_at,
    source,
    country,
    device_type,
    channel,
    is_bot,
    count() as events,
    countIf(call = 'page') as page_views,
    countIf(event = 'Product Viewed') as product_views,
    countIf(event = 'Product Added') as adds_to_cart,
    countIf(event = 'Checkout Started') as checkouts,
    uniqCombined64State(visitor_id) as visitors
from events
group by bucket_at, source, country, device_type, channel, is_bot
