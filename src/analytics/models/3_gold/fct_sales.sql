-- The ledger of sales: what each order added when it was placed, and what each refund or
-- cancellation took back on its own day, and what a reinstatement gave back of it. Test
-- orders stand nowhere in it. An entry in another currency than the reporting one stands
-- twice, as it is and converted, so that whoever asks in a currency gets sums in that
-- currency; without a currency asked for, converted entries are to be left out.
with real_orders as (
    select * from ref('silver.orders')
    where not is_test
),

real_refunds as (
    select * from ref('silver.refunds')
    where not is_test
),

placements as (
    select
        'placement' as entry,
        placed_at as occurred_at,
        order_id,
        customer_id,
        source,
        country,
        device_type,
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        currency,
        currency as order_currency,
        false as is_converted,
        toDecimal128(1, 18) as rate,
        toUInt8(1) as orders,
        toInt8(0) as cancelled_orders,
        toUInt8(isNotNull(real_orders.units)) as orders_with_units,
        ifNull(real_orders.units, 0) as units,
        placed_gross,
        placed_discount,
        gross,
        discount,
        toDecimal64(0, 6) as refunds,
        tax,
        shipping
    from real_orders
),

adjustments as (
    select
        kind as entry,
        occurred_at,
        order_id,
        customer_id,
        source,
        country,
        device_type,
        channel,
        utm_source,
        utm_medium,
        utm_campaign,
        currency,
        currency as order_currency,
        false as is_converted,
        toDecimal128(1, 18) as rate,
        toUInt8(0) as orders,
        multiIf(
            is_orphan, 0, kind = 'cancellation', 1, kind = 'reinstatement', -1, 0
        )::Int8 as cancelled_orders,
        toUInt8(0) as orders_with_units,
        toDecimal64(0, 6) as units,
        toDecimal64(0, 6) as placed_gross,
        toDecimal64(0, 6) as placed_discount,
        toDecimal64(0, 6) as gross,
        toDecimal64(0, 6) as discount,
        goods as refunds,
        -tax as tax,
        -shipping as shipping
    from real_refunds
)

select * from placements
union all
select * from adjustments
union all
select
    toString(entry),
    occurred_at,
    order_id,
    customer_id,
    source,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    order_currency,
    true,
    assumeNotNull(rate),
    converted.orders,
    cancelled_orders,
    orders_with_units,
    units,
    placed_gross,
    placed_discount,
    gross,
    discount,
    converted.refunds,
    tax,
    shipping
from ref('silver.converted_sales') as converted
where not is_rate_missing
