-- What events, records and orders tell of each product, a row for each different telling
-- of a day with the first and the last instant at which it was told: enough to say what
-- the product was when, however often a page view repeats it. The newly loaded
-- observations meet the standing rows of their day, so that the order of arrival does not
-- matter and nothing is read again from the beginning. A price that is negative or that
-- no decimal holds (1e12 and more) is as good as not told. What an order's line names,
-- in whichever of its versions, has an empty telling in 1970, so that each line finds its
-- product. silver.order_statements tells nothing that is not known from records already;
-- it is read so that this model runs after all that orders are made of.
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
        told.price as price_text,
        false as is_deleted,
        null::Nullable(DateTime64(3, 'UTC')) as read_at
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
        line.price as price_text,
        false as is_deleted,
        null::Nullable(DateTime64(3, 'UTC')) as read_at
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

-- A deletion tells nothing but that; when a record was read tells that it was there.
in_records as (
    select
        JSONExtractString(payload, 'product_id') as product_id,
        ifNull(
            if(
                is_deleted,
                null,
                parseDateTime64BestEffortOrNull(
                    JSONExtractString(
                        payload, if(entity = 'products', 'updated_at', 'placed_at')
                    ),
                    3,
                    'UTC'
                )
            ),
            version_at
        ) as observed_at,
        record_id as message_id,
        if(is_deleted, '', JSONExtractString(payload, 'sku')) as sku,
        if(is_deleted, '', JSONExtractString(payload, 'name')) as name,
        if(is_deleted, '', JSONExtractString(payload, 'category')) as category,
        if(is_deleted, '', JSONExtractString(payload, 'brand')) as brand,
        if(is_deleted, '', JSONExtractString(payload, 'price')) as price_text,
        records.is_deleted as is_deleted,
        if(entity = 'products', version_at, null) as read_at
    from source('bronze.records') as records
    where _loaded_at > {loaded_after_records:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until_records:DateTime64(3, 'UTC')}
      and (
          entity = 'products'
          or entity = 'order_lines' and not is_deleted
              and JSONExtractString(payload, 'name') != ''
      )
),

named_only as (
    select
        product_id,
        toDateTime64('1970-01-01', 3, 'UTC') as observed_at,
        '' as message_id,
        '' as sku, '' as name, '' as category, '' as brand, '' as price_text,
        false as is_deleted,
        null::Nullable(DateTime64(3, 'UTC')) as read_at
    from dirty_keys() as named
    where described_on = toDate32('1970-01-01')
),

loaded as (
    select
        product_id,
        greatest(observed_at, toDateTime64('1970-01-01', 3, 'UTC')) as told_at,
        seen.message_id as message_id,
        seen.sku as sku,
        seen.name as name,
        seen.category as category,
        seen.brand as brand,
        if(toDecimal64OrNull(price_text, 6) as told_price >= 0, told_price, null)
            as price,
        seen.is_deleted as is_deleted,
        seen.read_at as read_at
    from (
        select * except (told) from single
        union all
        select * from in_orders
        union all
        select * from in_records
        union all
        select * from named_only
    ) as seen
    where product_id != ''
),

told as (
    select
        product_id,
        toDate32(told_at) as described_on,
        cityHash64(toString(tuple(sku, name, category, brand, price, is_deleted)))
            as telling,
        sku, name, category, brand, price, is_deleted,
        told_at as first_at,
        told_at as last_at,
        message_id,
        read_at
    from loaded
    union all
    select
        product_id, described_on, telling, sku, name, category, brand, price, is_deleted,
        first_at, last_at, message_id, read_at
    from this()
    where (product_id, described_on) in dirty_keys()
)

select
    product_id,
    described_on,
    telling,
    max(told.sku) as sku,
    max(told.name) as name,
    max(told.category) as category,
    max(told.brand) as brand,
    max(told.price) as price,
    max(told.is_deleted) as is_deleted,
    min(told.first_at) as first_at,
    max(told.last_at) as last_at,
    max((told.last_at, told.message_id)).2 as message_id,
    max(told.read_at) as read_at
from told
where (product_id, described_on) in dirty_keys()
group by product_id, described_on, telling
