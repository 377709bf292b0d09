-- Tickets with when they came and were resolved, for what is open at an instant.
select
    origin,
    source,
    feedback_id,
    kind,
    created_at,
    resolved_at,
    product_id,
    product_name,
    category,
    topics,
    channel,
    label,
    language,
    status,
    ifNull(toString(rating), 'none') as rating
from ref('gold.fct_feedback')
where kind = 'ticket'
