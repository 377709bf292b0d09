-- Refunds and cancellations, each a fact of its own day. In the order of time, per order:
-- * a refund that states tax or shipping is taken as stated: goods are total − tax −
--   shipping, or without a total the value of its products, else its subtotal or
--   revenue, else none;
-- * products are worth price × quantity less the discount that the refund states; if it
--   states none, less their share of the order's: order goods / order gross × price ×
--   quantity. One without a price takes the mean price at which the order sold it;
-- * one that states only a total covers goods first, then tax, then shipping; what is
--   beyond the order counts as goods;
-- * one that states nothing, and a cancellation, takes back what is not yet taken back.
--   Refunds after that add only what exceeds it;
-- * a reinstatement gives back what the cancellation took, and no refund.
-- Quarantined for their kind, and booked nowhere until they heal: a refund of a product
-- whose price nobody told, and a refund or an edit in another currency than its order's.
with facts as (
    select *, fact_id as adjustment_id
    from ref('silver.order_lifecycle')
    where order_id in dirty_keys()
      and (fact != 'updated' or has_amounts and stated_currency != '')
),

headers as (
    select * from ref('silver.orders')
    where order_id in dirty_keys()
),

joined as (
    select
        facts.order_id as order_id,
        adjustment_id,
        fact,
        facts.precedence as precedence,
        facts.source as source,
        facts.message_id as message_id,
        facts.occurred_at as occurred_at,
        headers.order_id is null as is_orphan,
        stated_currency != '' and stated_currency != headers.currency and not is_orphan
            as is_foreign,
        headers.placed_at as placed_at,
        ifNull(headers.customer_id, facts.user_id) as customer_id,
        ifNull(headers.country, facts.country) as country,
        ifNull(headers.device_type, facts.device_type) as device_type,
        ifNull(headers.channel, 'unknown') as channel,
        ifNull(headers.utm_source, 'unknown') as utm_source,
        ifNull(headers.utm_medium, 'unknown') as utm_medium,
        ifNull(headers.utm_campaign, 'unknown') as utm_campaign,
        if(is_orphan or is_foreign, facts.currency, headers.currency) as currency,
        ifNull(headers.source, facts.source) as order_source,
        ifNull(headers.is_test, facts.is_test) as is_test,
        ifNull(headers.gross, 0) as order_gross,
        ifNull(headers.gross - headers.discount, 0) as order_goods,
        ifNull(headers.tax, 0) as order_tax,
        ifNull(headers.shipping, 0) as order_shipping,
        arrayMap(
            line -> (
                line.quantity as quantity,
                if(
                    has(headers.lines.product_id, line.product_id),
                    arrayFilter(
                        sold -> sold.product_id = line.product_id, headers.lines
                    ),
                    arrayFilter(
                        sold -> sold.sku = line.sku and sold.sku != '', headers.lines
                    )
                ) as sold_as
            ),
            unpriced_lines
        )::Array(Tuple(
            quantity Decimal(18, 6),
            sold_as Array(Tuple(
                product_id String, sku String, name String, category String, brand String,
                quantity Decimal(18, 6), price Decimal(18, 6)
            ))
        )) as looked_up,
        has_amounts,
        if(fact = 'refunded', facts.lines, []) as named_lines,
        notEmpty(facts.lines) as has_lines,
        facts.gross as gross,
        facts.total as total,
        facts.discount as discount,
        facts.tax as tax,
        facts.shipping as shipping
    from facts
    left join headers on headers.order_id = facts.order_id
),

priced as (
    select
        *,
        arrayMap(
            line -> (
                line.quantity as quantity,
                arraySum(sold -> sold.quantity, line.sold_as) as sold_units,
                arraySum(
                    sold -> round(toDecimal128(sold.quantity, 6) * sold.price, 6),
                    line.sold_as
                ) as sold_gross
            ),
            looked_up
        )::Array(Tuple(
            quantity Decimal(18, 6), sold_units Decimal(38, 6), sold_gross Decimal(38, 6)
        )) as sales,
        ifNull(gross, 0) + toDecimal128(
            round(
                arraySum(
                    sale -> toDecimal256(sale.quantity, 6) * sale.sold_gross
                        / greatest(sale.sold_units, toDecimal128('0.000001', 6)),
                    sales
                ),
                6
            ),
            6
        ) as list_value,
        isNotNull(total)
            or arrayAll(sale -> sale.sold_units > 0, sales) and list_value < 1e12
            as is_priced
    from joined
),

kinds as (
    select
        *,
        multiIf(
            fact = 'cancelled', 'cancellation',
            fact = 'reinstated', 'reinstatement',
            fact = 'updated', 'edit in another currency',
            is_foreign, 'refund in another currency',
            not is_priced, 'refund without a price',
            'refund'
        ) as kind
    from priced
    where fact != 'updated' or is_foreign
),

stated as (
    select
        *,
        ifNull(tax, 0) as stated_tax,
        ifNull(shipping, 0) as stated_shipping,
        ifNull(total, 0) as stated_total,
        isNull(total) and has_lines and isNull(discount) as is_at_list_price,
        if(is_at_list_price, list_value, 0) as listed_goods,
        multiIf(
            isNotNull(total), stated_total - stated_tax - stated_shipping,
            is_at_list_price, 0,
            greatest(list_value - ifNull(discount, 0), 0)
        ) as stated_goods,
        multiIf(
            kind = 'cancellation', 'the rest until reinstated',
            kind != 'refund', 'nothing',
            not has_amounts and isNull(tax) and isNull(shipping), 'the rest',
            isNotNull(tax) or isNotNull(shipping) or isNull(total), 'as stated',
            'a total'
        ) as takes
    from kinds
),

running as (
    select
        *,
        max(takes = 'the rest') over to_here as is_given_back,
        anyLast(
            if(
                kind in ('cancellation', 'reinstatement'),
                toNullable(kind = 'cancellation'),
                null
            )
        ) over to_here as last_change,
        is_given_back or ifNull(last_change, false) as is_taken_back,
        sum(if(takes = 'as stated', listed_goods, 0)) over to_here as listed_to_here,
        sum(if(takes = 'as stated', stated_goods, 0)) over to_here as stated_to_here,
        sum(if(takes = 'as stated', stated_tax, 0)) over to_here as split_tax,
        sum(if(takes = 'as stated', stated_shipping, 0)) over to_here as split_shipping,
        sum(if(takes = 'a total', stated_total, 0)) over to_here as unsplit
    from stated
    window to_here as (
        partition by order_id order by occurred_at, precedence, source, message_id
        rows between unbounded preceding and current row
    )
),

discounted as (
    select
        *,
        if(order_gross = 0, 1, order_gross) as discounted_from,
        if(order_gross = 0, 1, greatest(order_goods, 0)) as discounted_to,
        toDecimal256(listed_to_here, 6) * discounted_to / discounted_from
            as discounted_goods,
        stated_to_here + toDecimal128(round(discounted_goods, 6), 6) as split_goods
    from running
),

allotted as (
    select
        *,
        greatest(order_goods - split_goods, 0) as room_goods,
        greatest(order_tax - split_tax, 0) as room_tax,
        greatest(order_shipping - split_shipping, 0) as room_shipping,
        split_goods + least(unsplit, room_goods)
            + greatest(unsplit - room_goods - room_tax - room_shipping, 0)
            as goods_stated,
        split_tax + least(greatest(unsplit - room_goods, 0), room_tax) as tax_stated,
        split_shipping
            + least(greatest(unsplit - room_goods - room_tax, 0), room_shipping)
            as shipping_stated
    from discounted
),

cumulated as (
    select
        *,
        if(is_taken_back, greatest(goods_stated, order_goods), goods_stated)
            as goods_to_here,
        if(is_taken_back, greatest(tax_stated, order_tax), tax_stated) as tax_to_here,
        if(is_taken_back, greatest(shipping_stated, order_shipping), shipping_stated)
            as shipping_to_here
    from allotted
),

final as (
    select
        *,
        lagInFrame(goods_to_here, 1, 0) over before as goods_before,
        lagInFrame(tax_to_here, 1, 0) over before as tax_before,
        lagInFrame(shipping_to_here, 1, 0) over before as shipping_before
    from cumulated
    window before as (
        partition by order_id order by occurred_at, precedence, source, message_id
        rows between unbounded preceding and current row
    )
)

select
    order_id,
    kind,
    adjustment_id,
    occurred_at,
    placed_at,
    order_source as source,
    customer_id,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    is_test,
    is_orphan,
    toDecimal64(goods_to_here - goods_before, 6) as goods,
    toDecimal64(tax_to_here - tax_before, 6) as tax,
    toDecimal64(shipping_to_here - shipping_before, 6) as shipping,
    arrayMap(
        line -> (line.product_id, line.sku, line.quantity, line.price), named_lines
    ) as named_lines
from final
