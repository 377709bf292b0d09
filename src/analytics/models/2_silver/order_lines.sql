-- The lines of each order; the order's discount is shared out in proportion to gross, the
-- rounding so placed that the shares sum to the discount exactly.
with opened as (
    select
        *,
        gross as shared_gross,
        discount as order_discount,
        arrayJoin(arrayEnumerate(lines)) as position
    from ref('silver.orders')
    where order_id in dirty_keys()
),

numbered as (
    select
        *,
        lines[position] as line,
        round(toDecimal128(line.quantity, 6) * line.price, 6) as line_gross,
        arraySum(
            item -> round(toDecimal128(item.quantity, 6) * item.price, 6),
            arraySlice(lines, 1, position)
        ) as gross_to_here,
        toDecimal256(order_discount, 6) as whole_discount
    from opened
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
            as discount_before
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
    currency,
    is_test,
    line.product_id as product_id,
    line.sku as sku,
    line.name as name,
    line.category as category,
    line.brand as brand,
    line.quantity as quantity,
    line.price as price,
    toDecimal64(line_gross, 6) as gross,
    toDecimal64(round(discount_to_here, 6), 6) - toDecimal64(round(discount_before, 6), 6)
        as discount
from shared
