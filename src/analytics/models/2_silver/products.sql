-- The latest name, category, brand and price told of each product, each attribute for
-- itself: an event or record that leaves one out does not take it away. The newly loaded
-- observations meet the standing row, so that a popular product is not read again from
-- the beginning; the row keeps when each attribute was told, so that the order of
-- arrival does not matter. A price that is negative or that no decimal holds (1e12 and
-- more) is as good as not told.
with single as (
    select
        product_id,
        occurred_at as observed_at,
        message_id,
        JSONExtract(
            properties,
            'Tuple(sku String, name String, category String, brand String, price String)'
        ) as told,
        told.sku as sku,
        told.name as name,
        told.category as category,
        told.brand as brand,
        told.price as price_text
    from ref('silver.events')
    where _loaded_at > {loaded_after_events:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_events:DateTime64(3, 'UTC')}
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
        line.price as price_text
    from ref('silver.events')
    array join JSONExtract(
        properties,
        'products',
        'Array(Tuple(product_id String, sku String, name String, category String,
         brand String,
         price String))'
    ) as line
    where _loaded_at > {loaded_after_events:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_events:DateTime64(3, 'UTC')}
      and event = 'Order Completed'
),

in_records as (
    select
        JSONExtractString(payload, 'product_id') as product_id,
        ifNull(
            parseDateTime64BestEffortOrNull(
                JSONExtractString(
                    payload, if(entity = 'products', 'updated_at', 'placed_at')
                ),
                3,
                'UTC'
            ),
            version_at
        ) as observed_at,
        record_id as message_id,
        JSONExtractString(payload, 'sku') as sku,
        JSONExtractString(payload, 'name') as name,
        JSONExtractString(payload, 'category') as category,
        JSONExtractString(payload, 'brand') as brand,
        JSONExtractString(payload, 'price') as price_text
    from source('bronze.records')
    where _loaded_at > {loaded_after_records:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_records:DateTime64(3, 'UTC')}
      and not is_deleted and entity in ('products', 'order_lines')
      and (entity = 'products' or JSONExtractString(payload, 'name') != '')
),

loaded as (
    select * except (told) from single
    union all
    select * from in_orders
    where product_id != ''
    union all
    select * from in_records
    where product_id != ''
),

observations as (
    select
        product_id, observed_at, message_id, sku, name, category, brand,
        if(toDecimal64OrNull(price_text, 6) as told >= 0, told, null) as price,
        (observed_at, observed_at, observed_at, observed_at, observed_at) as told_at
    from loaded
    union all
    select product_id, observed_at, message_id, sku, name, category, brand, price, told_at
    from this()
    where product_id in dirty_keys()
),

latest as (
    select
        product_id,
        max((seen.observed_at, seen.message_id)) as last_seen,
        maxIf((seen.told_at.1, seen.sku), seen.sku != '') as last_sku,
        maxIf((seen.told_at.2, seen.name), seen.name != '') as last_name,
        maxIf((seen.told_at.3, seen.category), seen.category != '') as last_category,
        maxIf((seen.told_at.4, seen.brand), seen.brand != '') as last_brand,
        maxIf((seen.told_at.5, seen.price), isNotNull(seen.price)) as last_price
    from observations as seen
    where product_id in dirty_keys()
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
