-- What the customer of each order was when it was placed.
with placed as (
    select order_id, placed_at, customer_id
    from ref('silver.orders')
    where order_id in dirty_keys() and customer_id != ''
),

versions as (
    select customer_id, valid_from, country, language, plan
    from ref('silver.customer_versions')
    where customer_id in (select customer_id from placed)
)

select
    order_id,
    placed_at,
    placed.customer_id as customer_id,
    ifNull(versions.country, '') as country,
    ifNull(versions.language, '') as language,
    ifNull(versions.plan, '') as plan,
    versions.valid_from as known_from
from placed
asof left join versions
    on versions.customer_id = placed.customer_id
    and versions.valid_from
        <= greatest(placed.placed_at, toDateTime64('1970-01-01', 3, 'UTC'))
