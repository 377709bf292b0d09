-- The latest name, category, brand and price seen of each product. The newly loaded observations
-- meet the standing row, so that a popular product is not read again from the beginning.
with single as (
    select
        product_id,
        occurred_at as observed_at,
        message_id,
        JSONExtract(properties, 'sku', 'String') as sku,
        JSONExtract(properties, 'name', 'String') as name,
        JSONExtract(properties, 'category', 'String') as category,
        JSONExtract(properties, 'brand', 'String') as brand,
        JSONExtract(properties, 'price', 'Nullable(Decimal(18, 6))') as price
    from ref('silver.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and product_id != ''
),

in_orders as (
    select
        coalesce(nullIf(line.product_id, ''), line.sku) as product_id,
        occurred_at as observed_at,
        message_id,
        line.sku as sku,
        line.name as name,
        line.category as category,
        line.brand as brand,
        line.price as price
    from ref('silver.events')
    array join JSONExtract(
        properties,
        'products',
        'Array(Tuple(product_id String, sku String, name String, category String, brand String,
         price Nullable(Decimal(18, 6))))'
    ) as line
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and event = 'Order Completed'
),

observations as (
    select * from single
    union all
    select * from in_orders
    where product_id != ''
    union all
    select product_id, observed_at, message_id, sku, name, category, brand, price
    from this()
    where product_id in dirty_keys()
)

select
    product_id,
    max(seen.observed_at) as observed_at,
    argMax(seen.message_id, (seen.observed_at, seen.message_id)) as message_id,
    argMaxIf(seen.sku, (seen.observed_at, seen.message_id), seen.sku != '') as sku,
    argMaxIf(seen.name, (seen.observed_at, seen.message_id), seen.name != '') as name,
    argMaxIf(seen.category, (seen.observed_at, seen.message_id), seen.category != '') as category,
    argMaxIf(seen.brand, (seen.observed_at, seen.message_id), seen.brand != '') as brand,
    argMaxIf(seen.price, (seen.observed_at, seen.message_id), isNotNull(seen.price)) as price
from observations as seen
where product_id in dirty_keys()
group by product_id
