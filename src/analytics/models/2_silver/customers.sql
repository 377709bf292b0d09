-- What is known of each customer from identify calls, orders and records; personal data
-- stays in the vault.
with tracked as (
    select
        user_id as customer_id,
        occurred_at as first_at,
        occurred_at as last_at,
        message_id,
        country,
        told_country,
        language,
        plan,
        email
    from ref('silver.user_events')
    where user_id in dirty_keys() and is_telling
),

records as (
    select
        *,
        JSONExtract(
            payload,
            'Tuple(created_at Nullable(String), updated_at Nullable(String),
             placed_at Nullable(String), refunded_at Nullable(String), country String,
             language String, plan String,
             email String)'
        ) as doc
    from ref('silver.records')
    where customer_id in dirty_keys() and not is_deleted
      and entity in ('customers', 'orders', 'order_lines', 'refunds')
),

recorded as (
    select
        customer_id,
        ifNull(
            parseDateTime64BestEffortOrNull(
                coalesce(
                    doc.placed_at, doc.created_at, doc.updated_at, doc.refunded_at
                ), 3, 'UTC'
            ),
            version_at
        ) as first_at,
        ifNull(
            parseDateTime64BestEffortOrNull(
                coalesce(
                    doc.placed_at, doc.updated_at, doc.created_at, doc.refunded_at
                ), 3, 'UTC'
            ),
            version_at
        ) as last_at,
        concat(entity, ':', origin, ':', source, ':', record_id) as message_id,
        if(doc.country = '', 'unknown', doc.country) as country,
        if(entity = 'customers', doc.country, '') as told_country,
        doc.language as language,
        doc.plan as plan,
        doc.email as email
    from records
),

facts as (
    select * from tracked
    union all
    select * from recorded
)

select
    customer_id,
    min(first_at) as first_seen_at,
    max(last_at) as last_seen_at,
    argMaxIf(email, (last_at, message_id), email != '') as email_token,
    coalesce(
        nullIf(argMaxIf(told_country, (last_at, message_id), told_country != ''), ''),
        nullIf(
            argMaxIf(facts.country, (last_at, message_id), facts.country != 'unknown'), ''
        ),
        'unknown'
    ) as country,
    argMaxIf(facts.language, (last_at, message_id), facts.language != '') as language,
    argMaxIf(facts.plan, (last_at, message_id), facts.plan != '') as plan
from facts
group by customer_id
