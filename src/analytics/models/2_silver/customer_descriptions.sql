-- What identify calls, orders and records tell of each customer, a row for each different
-- telling of a day with the first and the last instant at which it was told. The newly
-- loaded observations meet the standing rows of their day, as in
-- silver.product_descriptions. Whom an event or an order names, in whichever of its
-- versions, has an empty telling in 1970, so that each order finds its customer.
-- silver.order_statements tells nothing that is not known from records already; it is
-- read so that this model runs after all that orders are made of.
with tracked as (
    select
        user_id as customer_id,
        occurred_at as observed_at,
        told_country,
        if(user_events.country = 'unknown', '', user_events.country) as seen_country,
        language,
        plan,
        email,
        false as is_deleted,
        null::Nullable(DateTime64(3, 'UTC')) as read_at
    from ref('silver.user_events') as user_events
    where _loaded_at > {loaded_after_user_events:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_user_events:DateTime64(3, 'UTC')}
      and is_telling
),

-- A deletion tells nothing but that; when a record was read tells that it was there.
recorded as (
    select
        JSONExtract(
            payload,
            'Tuple(customer_id String, country String, language String, plan String,
             email String, updated_at String)'
        ) as doc,
        doc.customer_id as customer_id,
        ifNull(
            if(
                is_deleted,
                null,
                parseDateTime64BestEffortOrNull(doc.updated_at, 3, 'UTC')
            ),
            version_at
        ) as observed_at,
        if(is_deleted, '', doc.country) as told_country,
        '' as seen_country,
        if(is_deleted, '', doc.language) as language,
        if(is_deleted, '', doc.plan) as plan,
        if(is_deleted, '', doc.email) as email,
        records.is_deleted as is_deleted,
        toNullable(version_at) as read_at
    from source('bronze.records') as records
    where _loaded_at > {loaded_after_records:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_records:DateTime64(3, 'UTC')}
      and entity = 'customers'
),

named_only as (
    select
        customer_id,
        toDateTime64('1970-01-01', 3, 'UTC') as observed_at,
        '' as told_country, '' as seen_country, '' as language, '' as plan, '' as email,
        false as is_deleted,
        null::Nullable(DateTime64(3, 'UTC')) as read_at
    from dirty_keys() as named
    where described_on = toDate32('1970-01-01')
),

loaded as (
    select
        * except (observed_at),
        greatest(observed_at, toDateTime64('1970-01-01', 3, 'UTC')) as told_at
    from (
        select * from tracked
        union all
        select * except (doc) from recorded
        union all
        select * from named_only
    )
    where customer_id != ''
),

told as (
    select
        customer_id,
        toDate32(told_at) as described_on,
        cityHash64(
            toString(
                tuple(told_country, seen_country, language, plan, email, is_deleted)
            )
        ) as telling,
        told_country, seen_country, language, plan, email, is_deleted,
        told_at as first_at,
        told_at as last_at,
        read_at
    from loaded
    union all
    select
        customer_id, described_on, telling, told_country, seen_country, language, plan,
        email_token, is_deleted, first_at, last_at, read_at
    from this()
    where (customer_id, described_on) in dirty_keys()
)

select
    customer_id,
    described_on,
    telling,
    max(told.told_country) as told_country,
    max(told.seen_country) as seen_country,
    max(told.language) as language,
    max(told.plan) as plan,
    max(told.email) as email_token,
    max(told.is_deleted) as is_deleted,
    min(told.first_at) as first_at,
    max(told.last_at) as last_at,
    max(told.read_at) as read_at
from told
where (customer_id, described_on) in dirty_keys()
group by customer_id, described_on, telling
