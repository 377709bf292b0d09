-- What became of each product: sold and given back, in a currency, and viewed and added
-- to carts, in none. An order without lines counts under the product 'unknown', so that
-- the parts sum to the whole. What is in another currency than the reporting one stands
-- once more, converted at its order's rate: cut from the running total of the order, so
-- that the parts sum to what the ledger says.
with lines as (
    select
        placed_at as at, order_id, currency, false as is_converted, source, country,
        device_type, channel, utm_source, utm_medium, utm_campaign, customer_id,
        if(product_id = '', 'unknown', product_id) as product_id,
        name, category, brand, quantity, gross, discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from ref('silver.order_lines')
    where not is_test and toDate(placed_at) in {dirty_days:Array(Date)}
),

without_lines as (
    select
        placed_at as at, order_id, currency, false as is_converted, source, country,
        device_type, channel, utm_source, utm_medium, utm_campaign, customer_id,
        'unknown' as product_id,
        '' as name, '' as category, '' as brand,
        toDecimal64(0, 6) as quantity, gross, discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from ref('silver.orders')
    where not is_test and empty(lines) and toDate(placed_at) in {dirty_days:Array(Date)}
),

taken_back as (
    select
        occurred_at as at, '' as order_id, currency, false as is_converted, source,
        country, device_type, channel, utm_source, utm_medium, utm_campaign, customer_id,
        product_id, product_name as name, category, brand,
        toDecimal64(0, 6) as quantity, toDecimal64(0, 6) as gross,
        toDecimal64(0, 6) as discount, goods as refunds, 0 as is_view, 0 as is_add
    from ref('silver.refund_lines')
    where toDate(occurred_at) in {dirty_days:Array(Date)}
),

rates as (
    select order_id, any(assumeNotNull(converted.rate)) as rate
    from ref('silver.converted_sales') as converted
    where not is_rate_missing and toDate(occurred_at) in {dirty_days:Array(Date)}
    group by order_id
),

lines_to_here as (
    select
        order_lines.*,
        rates.rate as rate,
        sum(order_lines.gross) over to_here as gross_to_here,
        sum(order_lines.discount) over to_here as discount_to_here,
        toDecimal256(gross_to_here, 6) * rate as gross_until,
        toDecimal256(gross_to_here - order_lines.gross, 6) * rate as gross_before,
        toDecimal256(gross_to_here - discount_to_here, 6) * rate as goods_until,
        toDecimal256(
            gross_to_here - discount_to_here - order_lines.gross + order_lines.discount, 6
        ) * rate as goods_before
    from ref('silver.order_lines') as order_lines
    inner join rates on rates.order_id = order_lines.order_id
    where not is_test and toDate(placed_at) in {dirty_days:Array(Date)}
      and order_lines.order_id in (select order_id from rates)
    window to_here as (
        partition by order_lines.order_id order by line_number
        rows between unbounded preceding and current row
    )
),

converted_lines as (
    select
        placed_at as at, order_id, reporting_currency() as currency,
        true as is_converted, source, country, device_type, channel, utm_source,
        utm_medium, utm_campaign, customer_id,
        if(product_id = '', 'unknown', product_id) as product_id,
        name, category, brand, quantity,
        toDecimal128(round(gross_until, 6) - round(gross_before, 6), 6)
            as converted_gross,
        converted_gross - toDecimal128(round(goods_until, 6) - round(goods_before, 6), 6)
            as converted_discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from lines_to_here
),

converted_without_lines as (
    select
        placed_at as at, orders.order_id as order_id, reporting_currency() as currency,
        true as is_converted, source, country, device_type, channel, utm_source,
        utm_medium, utm_campaign, customer_id, 'unknown' as product_id,
        '' as name, '' as category, '' as brand, toDecimal64(0, 6) as quantity,
        toDecimal128(round(toDecimal256(orders.gross, 6) * rates.rate, 6), 6)
            as converted_gross,
        converted_gross - toDecimal128(
            round(toDecimal256(orders.gross - orders.discount, 6) * rates.rate, 6), 6
        ) as converted_discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from ref('silver.orders') as orders
    inner join rates on rates.order_id = orders.order_id
    where not is_test and empty(lines) and toDate(placed_at) in {dirty_days:Array(Date)}
),

-- All that was taken back of these orders, on whatever day, makes up the running total.
taken_back_to_here as (
    select
        refund_lines.*,
        rates.rate as rate,
        sum(refund_lines.goods) over to_here as goods_to_here,
        toDecimal256(goods_to_here, 6) * rate as goods_until,
        toDecimal256(goods_to_here - refund_lines.goods, 6) * rate as goods_before
    from ref('silver.refund_lines') as refund_lines
    inner join rates on rates.order_id = refund_lines.order_id
    where refund_lines.order_id in (select order_id from rates)
    window to_here as (
        partition by refund_lines.order_id
        order by occurred_at, kind, adjustment_id, line_number
        rows between unbounded preceding and current row
    )
),

converted_taken_back as (
    select
        occurred_at as at, '' as order_id, reporting_currency() as currency,
        true as is_converted, source, country, device_type, channel, utm_source,
        utm_medium, utm_campaign, customer_id, product_id, product_name as name,
        category, brand, toDecimal64(0, 6) as quantity, toDecimal64(0, 6) as gross,
        toDecimal64(0, 6) as discount,
        toDecimal128(round(goods_until, 6) - round(goods_before, 6), 6)
            as converted_refunds,
        0 as is_view, 0 as is_add
    from taken_back_to_here
    where toDate(occurred_at) in {dirty_days:Array(Date)}
),

sessions as (
    select * from ref('gold.fct_sessions')
    where toDate(started_at) in {dirty_days:Array(Date)}
      or toDate(started_at) + 1 in {dirty_days:Array(Date)}
),

-- Whether the customer is known does not matter to what was looked at.
looked_at as (
    select
        looked.1 as at, '' as order_id, '' as currency, false as is_converted, source,
        country, device_type, channel, utm_source, utm_medium, utm_campaign,
        '' as customer_id,
        if(looked.2 = '', 'unknown', looked.2) as product_id,
        looked.3 as name, looked.4 as category, looked.5 as brand,
        toDecimal64(0, 6) as quantity, toDecimal64(0, 6) as gross,
        toDecimal64(0, 6) as discount, toDecimal64(0, 6) as refunds,
        toUInt8(not looked.6) as is_view, toUInt8(looked.6) as is_add
    from sessions
    array join products as looked
    where toDate(looked.1) in {dirty_days:Array(Date)}
),

facts as (
    select * from lines
    union all
    select * from without_lines
    union all
    select * from taken_back
    union all
    select * from converted_lines
    union all
    select * from converted_without_lines
    union all
    select * from converted_taken_back
    union all
    select * from looked_at
)

select
    toStartOfFifteenMinutes(at) as bucket_at,
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
    product_id,
    if(facts.category = '', 'unknown', facts.category) as category,
    if(facts.brand = '', 'unknown', facts.brand) as brand,
    argMax(name, (name != '', at, order_id, name)) as product_name,
    sum(quantity) as units,
    sum(facts.gross) as gross,
    sum(facts.discount) as discount,
    sum(facts.refunds) as refunds,
    sum(is_view) as product_views,
    sum(is_add) as adds_to_cart,
    uniqExactStateIf(order_id, order_id != '') as orders,
    uniqExactStateIf(customer_id, order_id != '' and customer_id != '') as customers
from facts
group by
    bucket_at, currency, is_converted, source, country, device_type, channel, utm_source,
    utm_medium, utm_campaign, customer_known, product_id, category, brand
