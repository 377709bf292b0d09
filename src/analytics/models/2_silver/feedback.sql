-- One row a feedback: the newest version of a review, ticket or survey with who gave it
-- and what it is about; then science/score-feedback adds language, score, words and
-- topics. A rating off its scale is as good as not told. What does not say when it came
-- counts from the first time that it tells, else from when it was first read; its times
-- measure nothing.
with told as materialized (
    select
        source,
        feedback_id,
        min(occurred_at) as first_at,
        argMax(
            (
                anonymous_id, user_id, occurred_at, product_id, product_name, category,
                order_id, events.rating, title, text
            ),
            (occurred_at, message_id)
        ) as newest
    from ref('silver.feedback_events') as events
    where ('event', source, feedback_id) in dirty_keys()
    group by source, feedback_id
),

aliased as (
    select user_id, customer_id from ref('silver.aliases')
    where user_id in (select newest.2 from told)
),

identities as (
    select visitor_id, valid_from, customer_id from ref('silver.identities')
    where visitor_id in (select newest.1 from told)
),

known as (
    select
        seen.source as source,
        seen.feedback_id as feedback_id,
        identities.customer_id as customer_id
    from (
        select source, feedback_id, newest.1 as visitor_id, newest.3 as seen_at from told
    ) as seen
    asof join identities
        on identities.visitor_id = seen.visitor_id
        and identities.valid_from <= seen.seen_at
),

reviews as (
    select
        'event' as origin,
        told.source as source,
        told.feedback_id as feedback_id,
        'review' as told_kind,
        first_at as created_at,
        1 as is_dated,
        coalesce(
            aliased.customer_id, nullIf(newest.2, ''), known.customer_id, ''
        ) as customer_id,
        newest.4 as product_id,
        newest.5 as told_name,
        newest.6 as told_category,
        newest.7 as order_id,
        newest.8 as told_rating,
        newest.9 as title,
        newest.10 as text,
        '' as told_topic,
        'website' as channel,
        '' as status,
        null::Nullable(DateTime64(3, 'UTC')) as first_response_at,
        null::Nullable(DateTime64(3, 'UTC')) as told_resolved_at,
        newest.3 as changed_at
    from told
    left join aliased on aliased.user_id = newest.2
    left join known on known.source = told.source
        and known.feedback_id = told.feedback_id
),

standing as (
    select origin, source, feedback_id, created_at from this()
    where (origin, source, feedback_id) in dirty_keys() and not is_dated
),

parsed as (
    select
        origin, source, record_id, product_id, customer_id, order_id, version_at,
        JSONExtract(
            payload,
            'Tuple(kind String, rating Nullable(Decimal(18, 6)), title String,
             text String, topic String, channel String, status String, category String,
             created_at String, first_response_at String, resolved_at String,
             updated_at String)'
        ) as doc,
        parseDateTime64BestEffortOrNull(doc.created_at, 3, 'UTC') as told_at,
        parseDateTime64BestEffortOrNull(doc.first_response_at, 3, 'UTC') as answered_at,
        parseDateTime64BestEffortOrNull(doc.resolved_at, 3, 'UTC') as resolved_at,
        parseDateTime64BestEffortOrNull(doc.updated_at, 3, 'UTC') as updated_at
    from ref('silver.records')
    where entity = 'feedback' and not is_deleted
      and (origin, source, record_id) in dirty_keys()
),

records as (
    select
        parsed.origin as origin,
        parsed.source as source,
        record_id as feedback_id,
        lowerUTF8(trim(doc.kind)) as told_kind,
        coalesce(
            told_at,
            least(
                version_at,
                ifNull(standing.created_at, version_at),
                coalesce(answered_at, version_at),
                coalesce(resolved_at, version_at)
            )
        ) as created_at,
        told_at is not null as is_dated,
        customer_id,
        product_id,
        '' as told_name,
        doc.category as told_category,
        order_id,
        doc.rating as told_rating,
        trim(doc.title) as title,
        trim(doc.text) as text,
        lowerUTF8(trim(doc.topic)) as told_topic,
        lowerUTF8(trim(doc.channel)) as channel,
        replaceAll(lowerUTF8(trim(doc.status)), ' ', '_') as status,
        answered_at as first_response_at,
        parsed.resolved_at as told_resolved_at,
        coalesce(updated_at, version_at) as changed_at
    from parsed
    left join standing on standing.origin = parsed.origin
        and standing.source = parsed.source
        and standing.feedback_id = parsed.record_id
),

gathered as materialized (
    select * from reviews
    union all
    select * from records
),

described as (
    select product_id, name, category from ref('silver.products')
    where product_id in (select product_id from gathered)
),

kinds as (
    select
        *,
        told_kind = 'nps'
            or told_kind = 'survey' and told_topic in ('nps', 'net promoter score')
            as is_recommendation,
        if(is_recommendation, 'survey', told_kind) as kind,
        coalesce(
            told_resolved_at,
            if(status in ('closed', 'resolved', 'solved', 'done'), changed_at, null)
        ) as resolved_at
    from gathered
)

select
    origin,
    source,
    feedback_id,
    kind,
    created_at,
    is_dated,
    customer_id,
    kinds.product_id as product_id,
    coalesce(nullIf(told_name, ''), described.name, '') as product_name,
    coalesce(nullIf(told_category, ''), nullIf(described.category, ''), 'unknown')
        as category,
    order_id,
    if(
        told_rating between 0 and if(is_recommendation, 10, 5),
        toDecimal64(told_rating, 2),
        null
    ) as rating,
    is_recommendation,
    title,
    text,
    if(is_recommendation and told_topic = '', 'nps', told_topic) as topic,
    if(channel = '', 'unknown', channel) as channel,
    if(status = '', 'none', status) as status,
    first_response_at,
    kinds.resolved_at as resolved_at,
    if(
        is_dated and first_response_at >= created_at,
        dateDiff('second', created_at, first_response_at),
        null
    ) as response_seconds,
    if(
        is_dated and told_resolved_at >= created_at,
        dateDiff('second', created_at, told_resolved_at),
        null
    ) as resolution_seconds
from kinds
left join described on described.product_id = kinds.product_id
