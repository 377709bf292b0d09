-- One row an event: typed, with the properties that every later model needs lifted out.
with received as (
    select
        *,
        JSONExtract(
            payload, 'Tuple(properties String, traits String, previousId String)'
        ) as doc,
        JSONExtract(
            doc.properties,
            'Tuple(order_id String, product_id String, sku String, name String,
             category String, brand String, query String, results Nullable(UInt32))'
        ) as told,
        event in (
            'Product Viewed', 'Product Added', 'Wishlist Product Added to Cart'
        ) as is_of_product
    from source('bronze.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
)

select
    source,
    message_id,
    call,
    event,
    if(anonymous_id != '', anonymous_id, user_id) as visitor_id,
    anonymous_id,
    user_id,
    if(call = 'alias', doc.previousId, '') as previous_id,
    occurred_at,
    received_at,
    original_date,
    has_client_timestamp,
    country,
    device_type,
    os,
    browser,
    channel,
    page_path,
    referrer_host,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    click_id_name,
    click_id,
    currency,
    is_bot,
    not is_bot
        and not (anonymous_id = '' and device_type = 'server')
        and event not in (
            'Order Updated', 'Order Refunded', 'Order Cancelled', 'Order Reinstated'
        ) as is_of_visit,
    told.order_id as order_id,
    if(told.product_id != '', told.product_id, told.sku) as product_id,
    if(is_of_product, told.name, '') as product_name,
    if(is_of_product, told.category, '') as category,
    if(is_of_product, told.brand, '') as brand,
    if(event = 'Products Searched', lowerUTF8(trim(told.query)), '') as search_term,
    if(event = 'Products Searched', told.results, null) as search_results,
    doc.properties as properties,
    doc.traits as traits
from received
