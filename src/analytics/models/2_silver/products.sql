-- The latest name, category, brand and price told of each product, each attribute for
-- itself: an event or record that leaves one out does not take it away. At one instant
-- the greater value wins, so that the order of arrival does not matter. One that only an
-- order names is not described.
with latest as (
    select
        product_id,
        max((told.last_at, told.message_id)) as last_seen,
        maxIf((told.last_at, told.sku), told.sku != '') as last_sku,
        maxIf((told.last_at, told.name), told.name != '') as last_name,
        maxIf((told.last_at, told.category), told.category != '') as last_category,
        maxIf((told.last_at, told.brand), told.brand != '') as last_brand,
        maxIf((told.last_at, told.price), isNotNull(told.price)) as last_price
    from ref('silver.product_descriptions') as told
    where product_id in dirty_keys() and message_id != '' and not is_deleted
    group by product_id
)

select
    product_id,
    last_seen.1 as observed_at,
    last_seen.2 as message_id,
    last_sku.2 as sku,
    last_name.2 as name,
    last_category.2 as category,
    last_brand.2 as brand,
    last_price.2 as price,
    (last_sku.1, last_name.1, last_category.1, last_brand.1, last_price.1) as told_at
from latest
