-- What each customer was when. An attribute holds from when it was told until something
-- else is, and what was told of it first held before as well. The country that a customer
-- or the shop tells stands before the one that he was seen in.
with descriptions as materialized (
    select * from ref('silver.customer_descriptions')
    where customer_id in dirty_keys()
),

points as (
    select
        customer_id, arrayJoin([first_at, last_at]) as at, told_country, seen_country,
        language, plan, email_token,
        null::Nullable(Bool) as is_deleted
    from descriptions
    where not descriptions.is_deleted
    union all
    select
        customer_id, assumeNotNull(read_at) as at, '', '', '', '', '',
        toNullable(descriptions.is_deleted)
    from descriptions
    where read_at is not null
),

instants as (
    select
        customer_id,
        at,
        max(points.told_country) as told_country,
        max(points.seen_country) as seen_country,
        max(points.language) as language,
        max(points.plan) as plan,
        max(points.email_token) as email_token,
        max(points.is_deleted) as is_deleted
    from points
    group by customer_id, at
),

-- The engine's any() and anyLast() pass over null.
carried as (
    select
        customer_id,
        at,
        coalesce(
            anyLast(nullIf(told_country, '')) over so_far,
            any(nullIf(told_country, '')) over whole,
            anyLast(nullIf(seen_country, '')) over so_far,
            any(nullIf(seen_country, '')) over whole,
            'unknown'
        ) as country,
        coalesce(
            anyLast(nullIf(instants.language, '')) over so_far,
            any(nullIf(instants.language, '')) over whole,
            ''
        ) as language,
        coalesce(
            anyLast(nullIf(instants.plan, '')) over so_far,
            any(nullIf(instants.plan, '')) over whole,
            ''
        ) as plan,
        coalesce(
            anyLast(nullIf(instants.email_token, '')) over so_far,
            any(nullIf(instants.email_token, '')) over whole,
            ''
        ) as email_token,
        ifNull(anyLast(instants.is_deleted) over so_far, false) as is_deleted
    from instants
    window
        so_far as (
            partition by customer_id order by at
            rows between unbounded preceding and current row
        ),
        whole as (
            partition by customer_id order by at
            rows between unbounded preceding and unbounded following
        )
),

compared as (
    select
        *,
        toString(tuple(country, language, plan, email_token, is_deleted)) as said,
        lagInFrame(toNullable(said)) over (
            partition by customer_id order by at
            rows between unbounded preceding and current row
        ) as said_before
    from carried
)

select
    customer_id,
    if(said_before is null, toDateTime64('1970-01-01', 3, 'UTC'), at) as valid_from,
    country,
    language,
    plan,
    email_token,
    is_deleted
from compared
where said_before is null or said != said_before
