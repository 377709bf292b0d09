-- The entries of orders in other currencies, in the reporting currency: at the last rate
-- of the order's UTC day or of the seven days before, whatever day the entry counts on. A
-- refund of an order that was never seen takes the day of the first refund of it. What is
-- taken back is cut from its running total, and the discount from gross and goods, so
-- that what is given back whole leaves exactly nothing. While no rate stands at all there
-- is nothing to convert; after that, an entry without one says so.
with real_orders as materialized (
    select * from ref('silver.orders')
    where order_id in dirty_keys() and not is_test and currency != reporting_currency()
),

real_refunds as materialized (
    select * from ref('silver.refunds')
    where order_id in dirty_keys() and not is_test and currency != reporting_currency()
),

days as materialized (
    select order_id, currency, toDate(placed_at) as day from real_orders
    union all
    select
        order_id, any(real_refunds.currency) as currency,
        toDate(min(occurred_at)) as day
    from real_refunds
    where order_id not in (select order_id from real_orders)
    group by order_id
),

published as (
    select currency, date, rate from ref('silver.reporting_rates')
    where currency in (select currency from days)
      and date in (
          select arrayJoin(arrayMap(back -> day - back, range(8))) from days
      )
),

rated as materialized (
    select
        days.order_id as order_id,
        if(published.date >= days.day - 7, published.rate, null) as rate,
        if(published.date >= days.day - 7, published.date, null) as rate_date
    from days
    asof left join published
        on published.currency = days.currency and published.date <= days.day
),

placements as (
    select
        real_orders.order_id as order_id, 'placement' as entry, '' as adjustment_id,
        placed_at as occurred_at, customer_id, source, country, device_type, channel,
        utm_source, utm_medium, utm_campaign, currency as order_currency, rate, rate_date,
        toUInt8(1) as orders, toInt8(0) as cancelled_orders,
        toUInt8(isNotNull(real_orders.units)) as orders_with_units,
        ifNull(real_orders.units, 0) as units,
        toDecimal256(real_orders.placed_gross, 6) * rate as placed_gross,
        toDecimal256(real_orders.placed_gross - real_orders.placed_discount, 6) * rate
            as placed_goods,
        toDecimal256(real_orders.gross, 6) * rate as gross,
        toDecimal256(real_orders.gross - real_orders.discount, 6) * rate as goods,
        toDecimal256(real_orders.tax, 6) * rate as tax,
        toDecimal256(real_orders.shipping, 6) * rate as shipping
    from real_orders
    inner join rated on rated.order_id = real_orders.order_id
),

running as (
    select
        real_refunds.*,
        rate,
        rate_date,
        toDecimal256(sum(real_refunds.goods) over to_here, 6) * rate as goods_to_here,
        toDecimal256(sum(real_refunds.tax) over to_here, 6) * rate as tax_to_here,
        toDecimal256(sum(real_refunds.shipping) over to_here, 6) * rate
            as shipping_to_here,
        toDecimal256(real_refunds.goods, 6) * rate as own_goods,
        toDecimal256(real_refunds.tax, 6) * rate as own_tax,
        toDecimal256(real_refunds.shipping, 6) * rate as own_shipping
    from real_refunds
    inner join rated on rated.order_id = real_refunds.order_id
    window to_here as (
        partition by order_id order by occurred_at, kind, adjustment_id
        rows between unbounded preceding and current row
    )
),

entries as (
    select
        order_id, entry, adjustment_id, occurred_at, customer_id, source, country,
        device_type, channel, utm_source, utm_medium, utm_campaign, order_currency, rate,
        rate_date, orders, cancelled_orders, orders_with_units, units,
        round(placements.placed_gross, 6) as placed_gross,
        round(placements.placed_gross, 6) - round(placed_goods, 6) as placed_discount,
        round(placements.gross, 6) as gross,
        round(placements.gross, 6) - round(goods, 6) as discount,
        toDecimal256(0, 24) as refunds,
        round(placements.tax, 6) as tax,
        round(placements.shipping, 6) as shipping
    from placements
    union all
    select
        order_id, kind, adjustment_id, occurred_at, customer_id, source, country,
        device_type, channel, utm_source, utm_medium, utm_campaign, currency, rate,
        rate_date, 0,
        multiIf(is_orphan, 0, kind = 'cancellation', 1, kind = 'reinstatement', -1, 0),
        0, 0,
        toDecimal256(0, 24), toDecimal256(0, 24), toDecimal256(0, 24),
        toDecimal256(0, 24),
        round(goods_to_here, 6) - round(goods_to_here - own_goods, 6),
        round(tax_to_here - own_tax, 6) - round(tax_to_here, 6),
        round(shipping_to_here - own_shipping, 6) - round(shipping_to_here, 6)
    from running
)

select
    order_id, entry, adjustment_id, occurred_at, customer_id, source, country,
    device_type, channel, utm_source, utm_medium, utm_campaign,
    reporting_currency() as currency, order_currency, rate, rate_date,
    rate is null as is_rate_missing,
    orders, cancelled_orders, orders_with_units, units,
    toDecimal128(ifNull(entries.placed_gross, 0), 6) as placed_gross,
    toDecimal128(ifNull(entries.placed_discount, 0), 6) as placed_discount,
    toDecimal128(ifNull(entries.gross, 0), 6) as gross,
    toDecimal128(ifNull(entries.discount, 0), 6) as discount,
    toDecimal128(ifNull(entries.refunds, 0), 6) as refunds,
    toDecimal128(ifNull(entries.tax, 0), 6) as tax,
    toDecimal128(ifNull(entries.shipping, 0), 6) as shipping
from entries
where (select count() from (select 1 from ref('silver.reporting_rates') limit 1)) > 0
