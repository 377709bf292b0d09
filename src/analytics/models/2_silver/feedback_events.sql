-- What tracked reviews say, narrow, so that a review that is sent again is not looked for
-- among all events.
with loaded as (
    select
        *,
        JSONExtract(
            properties,
            'Tuple(review_id String, review_title String, review_body String,
             rating Nullable(Decimal(18, 6)), name String, category String,
             order_id String)'
        ) as told
    from ref('silver.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and event = 'Product Reviewed' and not is_bot
)

select
    source,
    if(told.review_id = '', message_id, told.review_id) as feedback_id,
    message_id,
    occurred_at,
    anonymous_id,
    user_id,
    product_id,
    told.name as product_name,
    told.category as category,
    told.order_id as order_id,
    told.rating as rating,
    trim(told.review_title) as title,
    trim(told.review_body) as text
from loaded
