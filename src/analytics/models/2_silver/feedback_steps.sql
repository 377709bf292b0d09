-- What happened to a feedback, each step on its own day: it came, it was answered, it was
-- resolved.
with changed as (
    select
        *,
        [
            ('came', created_at),
            ('answered', if(kind = 'ticket', first_response_at, null)),
            ('resolved', if(kind = 'ticket', resolved_at, null))
        ]::Array(Tuple(String, Nullable(DateTime64(3, 'UTC')))) as steps
    from ref('silver.feedback')
    where (origin, source, feedback_id) in dirty_keys()
)

select
    origin,
    source,
    feedback_id,
    told.1 as step,
    assumeNotNull(told.2) as at,
    kind,
    customer_id,
    if(product_id = '', 'unknown', product_id) as product_id,
    product_name,
    category,
    channel,
    status,
    label,
    language,
    if(empty(changed.topics), ['none'], changed.topics) as topics,
    rating,
    is_recommendation,
    text != '' as has_text,
    compound,
    if(step = 'answered', response_seconds, null) as response_seconds,
    if(step = 'resolved', resolution_seconds, null) as resolution_seconds
from changed
array join arrayFilter(known -> known.2 is not null, steps) as told
