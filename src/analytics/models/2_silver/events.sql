-- One row an event: typed, with the properties that every later model needs lifted out.
with received as (
    select * from source('bronze.events')
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
    currency,
    is_bot,
    JSONExtract(payload, 'properties', 'order_id', 'String') as order_id,
    coalesce(
        nullIf(JSONExtract(payload, 'properties', 'product_id', 'String'), ''),
        JSONExtract(payload, 'properties', 'sku', 'String')
    ) as product_id,
    JSONExtractRaw(payload, 'properties') as properties,
    JSONExtractRaw(payload, 'traits') as traits
from received
