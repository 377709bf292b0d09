-- The events that name a user, narrow, so that who somebody is and what is known of him
-- is not looked for among all events.
with loaded as (
    select
        *,
        JSONExtract(
            traits, 'Tuple(country String, language String, plan String, email String)'
        ) as told
    from ref('silver.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and user_id != ''
)

select
    user_id,
    visitor_id,
    occurred_at,
    source,
    message_id,
    call = 'identify' or event = 'Order Completed' as is_telling,
    country,
    told.country as told_country,
    told.language as language,
    told.plan as plan,
    told.email as email
from loaded
