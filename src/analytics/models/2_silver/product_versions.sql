-- What each product was when. An attribute holds from when it was told until something
-- else is, and what was told of it first held before as well, so that learning a brand
-- late is no change of brand. At one instant the greater value wins, as in
-- silver.products, with whose row the current version agrees.
with descriptions as materialized (
    select * from ref('silver.product_descriptions')
    where product_id in dirty_keys()
),

points as (
    select
        product_id, arrayJoin([first_at, last_at]) as at, sku, name, category, brand,
        price,
        null::Nullable(Bool) as is_deleted
    from descriptions
    where not descriptions.is_deleted
    union all
    select
        product_id, assumeNotNull(read_at) as at, '', '', '', '', null,
        toNullable(descriptions.is_deleted)
    from descriptions
    where read_at is not null
),

instants as (
    select
        product_id,
        at,
        max(points.sku) as sku,
        max(points.name) as name,
        max(points.category) as category,
        max(points.brand) as brand,
        max(points.price) as price,
        max(points.is_deleted) as is_deleted
    from points
    group by product_id, at
),

-- The engine's any() and anyLast() pass over null.
carried as (
    select
        product_id,
        at,
        coalesce(
            anyLast(nullIf(instants.sku, '')) over so_far,
            any(nullIf(instants.sku, '')) over whole,
            ''
        ) as sku,
        coalesce(
            anyLast(nullIf(instants.name, '')) over so_far,
            any(nullIf(instants.name, '')) over whole,
            ''
        ) as name,
        coalesce(
            anyLast(nullIf(instants.category, '')) over so_far,
            any(nullIf(instants.category, '')) over whole,
            ''
        ) as category,
        coalesce(
            anyLast(nullIf(instants.brand, '')) over so_far,
            any(nullIf(instants.brand, '')) over whole,
            ''
        ) as brand,
        coalesce(
            anyLast(instants.price) over so_far, any(instants.price) over whole
        ) as price,
        ifNull(anyLast(instants.is_deleted) over so_far, false) as is_deleted
    from instants
    window
        so_far as (
            partition by product_id order by at
            rows between unbounded preceding and current row
        ),
        whole as (
            partition by product_id order by at
            rows between unbounded preceding and unbounded following
        )
),

compared as (
    select
        *,
        toString(tuple(sku, name, category, brand, price, is_deleted)) as said,
        lagInFrame(toNullable(said)) over (
            partition by product_id order by at
            rows between unbounded preceding and current row
        ) as said_before
    from carried
)

select
    product_id,
    if(said_before is null, toDateTime64('1970-01-01', 3, 'UTC'), at) as valid_from,
    sku,
    name,
    category,
    brand,
    price,
    is_deleted
from compared
where said_before is null or said != said_before
