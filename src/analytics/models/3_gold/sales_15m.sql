with ledger as (
    select * from ref('gold.fct_sales')
    where toDate(occurred_at) in {dirty_days:Array(Date)}
)

select
    toStartOfFifteenMinutes(occurred_at) as bucket_at,
    currency,
    is_converted,
    source,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    customer_id != '' as customer_known,
    count() as entries,
    sum(ledger.orders) as orders,
    sum(ledger.cancelled_orders) as cancelled_orders,
    sum(ledger.orders_with_units) as orders_with_units,
    sum(ledger.units) as units,
    sum(ledger.placed_gross) as placed_gross,
    sum(ledger.placed_discount) as placed_discount,
    sum(ledger.gross) as gross,
    sum(ledger.discount) as discount,
    sum(ledger.refunds) as refunds,
    sum(ledger.tax) as tax,
    sum(ledger.shipping) as shipping,
    uniqExactStateIf(customer_id, ledger.orders = 1 and customer_id != '') as customers
from ledger
group by
    bucket_at, currency, is_converted, source, country, device_type, channel, utm_source,
    utm_medium, utm_campaign, customer_known
