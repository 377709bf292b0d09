select
    customer_id,
    first_seen_at,
    last_seen_at,
    country,
    language,
    plan
from ref('silver.customers')
