-- Lines by product; an order without lines counts under the product 'unknown', so that
-- the parts sum to the whole.
with lines as (
    select
        placed_at, order_id, currency, source, country, device_type, customer_id,
        if(product_id = '', 'unknown', product_id) as product_id,
        name, category, brand, quantity, gross, discount
    from ref('silver.order_lines')
    where not is_test and toDate(placed_at) in {dirty_days:Array(Date)}
),

without_lines as (
    select
        placed_at, order_id, currency, source, country, device_type, customer_id,
        'unknown' as product_id,
        '' as name, '' as category, '' as brand,
        toDecimal64(0, 6) as quantity, gross, discount
    from ref('silver.orders')
    where not is_test and empty(lines) and toDate(placed_at) in {dirty_days:Array(Date)}
),

sold as (
    select * from lines
    union all
    select * from without_lines
)

select
    toStartOfFifteenMinutes(placed_at) as bucket_at,
    currency,
    source,
    country,
    device_type,
    customer_id != '' as customer_known,
    product_id,
    if(sold.category = '', 'unknown', sold.category) as category,
    if(sold.brand = '', 'unknown', sold.brand) as brand,
    argMax(name, (placed_at, order_id, name)) as product_name,
    sum(quantity) as units,
    sum(sold.gross) as gross,
    sum(sold.discount) as discount,
    uniqExactState(order_id) as orders,
    uniqExactStateIf(customer_id, customer_id != '') as customers
from sold
group by
    bucket_at, currency, source, country, device_type, customer_known,
    product_id, category, brand
