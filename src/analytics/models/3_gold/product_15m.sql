-- What became of each product: sold and given back, in a currency, and viewed and added
-- to carts, in none. An order without lines counts under the product 'unknown', so that
-- the parts sum to the whole.
with lines as (
    select
        placed_at as at, order_id, currency, source, country, device_type, channel,
        utm_source, utm_medium, utm_campaign, customer_id,
        if(product_id = '', 'unknown', product_id) as product_id,
        name, category, brand, quantity, gross, discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from ref('silver.order_lines')
    where not is_test and toDate(placed_at) in {dirty_days:Array(Date)}
),

without_lines as (
    select
        placed_at as at, order_id, currency, source, country, device_type, channel,
        utm_source, utm_medium, utm_campaign, customer_id,
        'unknown' as product_id,
        '' as name, '' as category, '' as brand,
        toDecimal64(0, 6) as quantity, gross, discount,
        toDecimal64(0, 6) as refunds, 0 as is_view, 0 as is_add
    from ref('silver.orders')
    where not is_test and empty(lines) and toDate(placed_at) in {dirty_days:Array(Date)}
),

taken_back as (
    select
        occurred_at as at, '' as order_id, currency, source, country, device_type,
        channel, utm_source, utm_medium, utm_campaign, customer_id,
        product_id, product_name as name, category, brand,
        toDecimal64(0, 6) as quantity, toDecimal64(0, 6) as gross,
        toDecimal64(0, 6) as discount, goods as refunds, 0 as is_view, 0 as is_add
    from ref('silver.refund_lines')
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
        looked.1 as at, '' as order_id, '' as currency, source, country, device_type,
        channel, utm_source, utm_medium, utm_campaign, '' as customer_id,
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
    select * from looked_at
)

select
    toStartOfFifteenMinutes(at) as bucket_at,
    currency,
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
    bucket_at, currency, source, country, device_type, channel, utm_source, utm_medium,
    utm_campaign, customer_known, product_id, category, brand
