-- Refunds, cancellations and reinstatements without those of test orders, each with the
-- day it happened and the day its order was placed.
select
    refunds.order_id as order_id,
    kind as entry,
    adjustment_id,
    occurred_at,
    placed_at,
    is_orphan,
    source,
    customer_id,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    goods,
    tax,
    shipping
from ref('silver.refunds') as refunds
where not is_test
