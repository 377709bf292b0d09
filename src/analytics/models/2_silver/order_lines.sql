-- The lines of each order; the order's discount is shared out in proportion to gross, the
-- rounding so placed that the shares sum to the discount exactly. A line that does not
-- say what was sold, such as a database's that names the item by its id, is described as
-- its product was when the order was placed.
with priced as (
    select
        *,
        toDecimal256(discount, 6) as whole_discount,
        gross as shared_gross,
        arrayMap(
            line -> toDecimal128(
                round(toDecimal128(line.quantity, 6) * line.price, 6), 6
            ),
            lines
        ) as grosses
    from ref('silver.orders')
    where order_id in dirty_keys()
),

-- Each line takes along its own numbers only: a long order is not copied to each line.
numbered as (
    select
        * except (lines, grosses, gross, discount, units),
        arrayJoin(
            arrayZip(arrayEnumerate(lines), lines, grosses, arrayCumSum(grosses))
        ) as entry,
        entry.1 as position,
        entry.2 as line,
        entry.3 as line_gross,
        entry.4 as gross_to_here
    from priced
),

versions as (
    select product_id, valid_from, sku, name, category, brand
    from ref('silver.product_versions')
    where product_id in (select line.product_id from numbered)
),

shared as (
    select
        *,
        if(shared_gross = 0, 0, whole_discount * gross_to_here / shared_gross)
            as discount_to_here,
        if(
            shared_gross = 0, 0,
            whole_discount * (gross_to_here - line_gross) / shared_gross
        )
            as discount_before,
        line.product_id as product_id,
        greatest(placed_at, toDateTime64('1970-01-01', 3, 'UTC')) as at
    from numbered
)

select
    order_id,
    toUInt32(position) as line_number,
    source,
    placed_at,
    customer_id,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    is_test,
    shared.product_id as product_id,
    line.name = '' and line.category = '' and line.brand = '' as is_described_by_product,
    is_described_by_product and line.sku = '' as is_sku_of_product,
    if(is_sku_of_product, ifNull(versions.sku, ''), line.sku) as sku,
    if(is_described_by_product, ifNull(versions.name, ''), line.name) as name,
    if(is_described_by_product, ifNull(versions.category, ''), line.category)
        as category,
    if(is_described_by_product, ifNull(versions.brand, ''), line.brand) as brand,
    if(is_described_by_product, versions.valid_from, null) as described_from,
    line.quantity as quantity,
    line.price as price,
    toDecimal64(line_gross, 6) as gross,
    toDecimal64(round(discount_to_here, 6), 6) - toDecimal64(round(discount_before, 6), 6)
        as discount
from shared
asof left join versions
    on versions.product_id = shared.product_id
    and versions.valid_from <= shared.at
