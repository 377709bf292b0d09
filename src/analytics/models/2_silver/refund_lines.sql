-- What refunds, cancellations and reinstatements took back, shared out to the products of
-- the order: to those that a refund names by what it names of them, else to all by their
-- gross. What no line of the order holds falls to a product 'unknown'. The parts of one
-- refund sum to it exactly.
with taken_back as (
    select * from ref('silver.refunds')
    where order_id in dirty_keys() and not is_test
),

lines as (
    select
        order_id, line_number, product_id, sku, name, category, brand, price,
        toDecimal128(gross, 6) as line_gross
    from ref('silver.order_lines')
    where order_id in dirty_keys()
),

matched as (
    select
        taken_back.* except (named_lines),
        lines.line_number as line_number,
        lines.product_id as product_id,
        lines.name as product_name,
        lines.category as category,
        lines.brand as brand,
        arrayFilter(
            named -> named.product_id = lines.product_id
                or named.sku != '' and named.sku = lines.sku,
            named_lines
        ) as named_here,
        if(
            empty(named_lines),
            line_gross,
            toDecimal128(
                arraySum(
                    named -> round(
                        toDecimal128(named.quantity, 6)
                            * if(named.price = 0, lines.price, named.price),
                        6
                    ),
                    named_here
                ),
                6
            )
        ) as weight
    from taken_back
    inner join lines on lines.order_id = taken_back.order_id
    where empty(named_lines) or notEmpty(named_here)
),

sold as (
    select order_id, groupArray(product_id) as product_ids, groupArray(sku) as skus
    from lines
    group by order_id
),

-- What a refund names beside lines of the order that none of these holds.
strays as (
    select
        taken_back.* except (named_lines),
        0 as line_number,
        'unknown' as product_id,
        '' as product_name,
        '' as category,
        '' as brand,
        arrayFilter(
            named -> not has(product_ids, named.product_id)
                and not (named.sku != '' and has(skus, named.sku)),
            named_lines
        ) as named_here,
        toDecimal128(
            arraySum(
                named -> round(toDecimal128(named.quantity, 6) * named.price, 6),
                named_here
            ),
            6
        ) as weight
    from taken_back
    inner join sold on sold.order_id = taken_back.order_id
    where weight > 0
),

-- Lines of one product stand for what is named of it once.
once as (
    select *
    from (select * from matched union all select * from strays)
    order by order_id, kind, adjustment_id, product_id, line_number
    limit 1 by order_id, kind, adjustment_id,
        if(empty(named_here) or line_number = 0, toString(line_number), product_id)
),

wholes as (
    select
        *,
        sum(weight) over whole as whole_weight,
        toDecimal128(count() over whole, 6) as whole_count
    from once
    window whole as (partition by order_id, kind, adjustment_id)
),

weighed as (
    select
        *,
        if(whole_weight = 0, whole_count, whole_weight) as divisor,
        if(whole_weight = 0, toDecimal128(1, 6), weight) as own_weight
    from wholes
),

cumulated as (
    select *, sum(own_weight) over to_here as weight_to_here
    from weighed
    window to_here as (
        partition by order_id, kind, adjustment_id order by line_number
        rows between unbounded preceding and current row
    )
),

shared as (
    select
        * except (goods),
        toDecimal128(
            round(toDecimal256(goods, 6) * weight_to_here / divisor, 6), 6
        ) as goods_to_here,
        toDecimal128(
            round(toDecimal256(goods, 6) * (weight_to_here - own_weight) / divisor, 6), 6
        ) as goods_before
    from cumulated
),

unmatched as (
    select * from taken_back
    where (order_id, kind, adjustment_id)
        not in (select order_id, kind, adjustment_id from once)
)

select
    order_id, kind, adjustment_id, line_number, occurred_at, source, customer_id, country,
    device_type, channel, utm_source, utm_medium, utm_campaign, currency,
    if(product_id = '', 'unknown', product_id) as product_id,
    product_name, category, brand,
    toDecimal64(goods_to_here - goods_before, 6) as goods
from shared
union all
select
    order_id, kind, adjustment_id, 0 as line_number, occurred_at, source, customer_id,
    country, device_type, channel, utm_source, utm_medium, utm_campaign, currency,
    'unknown' as product_id, '' as product_name, '' as category, '' as brand, goods
from unmatched
