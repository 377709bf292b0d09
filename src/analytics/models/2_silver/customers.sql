-- What is known of each customer from identify calls and orders; personal data stays in
-- the vault.
with facts as (
    select user_id, occurred_at, message_id, country, event, call, traits
    from ref('silver.events')
    where user_id in dirty_keys() and (call = 'identify' or event = 'Order Completed')
),

described as (
    select
        *,
        JSONExtract(traits, 'country', 'String') as trait_country,
        JSONExtract(traits, 'language', 'String') as trait_language,
        JSONExtract(traits, 'plan', 'String') as trait_plan,
        JSONExtract(traits, 'email', 'String') as trait_email
    from facts
)

select
    user_id as customer_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    argMaxIf(trait_email, (occurred_at, message_id), trait_email != '') as email_token,
    coalesce(
        nullIf(
            argMaxIf(trait_country, (occurred_at, message_id), trait_country != ''), ''
        ),
        nullIf(argMaxIf(country, (occurred_at, message_id), country != 'unknown'), ''),
        'unknown'
    ) as country,
    argMaxIf(trait_language, (occurred_at, message_id), trait_language != '') as language,
    argMaxIf(trait_plan, (occurred_at, message_id), trait_plan != '') as plan
from described
group by user_id
