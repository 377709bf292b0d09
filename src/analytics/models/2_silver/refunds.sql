-- Refunds and cancellations, each a fact of its own day. In the order of time, per order:
-- * a refund that states tax or shipping is taken as stated: goods are total − tax − shipping, or
--   without a total price × quantity of its products, else its subtotal or revenue, else none;
-- * one that states only a total covers goods first, then tax, then shipping; what is beyond the
--   order counts as goods;
-- * one that states nothing, and a cancellation, takes back what is not yet taken back. Refunds
--   after that add only what exceeds it.
with facts as (
    select
        *,
        if(fact = 'cancelled', 'cancellation', refund_id) as adjustment_id
    from ref('silver.order_events')
    where order_id in dirty_keys() and fact in ('refunded', 'cancelled')
    order by occurred_at, source, message_id
    limit 1 by order_id, adjustment_id
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
        facts.source as source,
        facts.message_id as message_id,
        facts.occurred_at as occurred_at,
        headers.order_id is null as is_orphan,
        headers.placed_at as placed_at,
        ifNull(headers.customer_id, facts.user_id) as customer_id,
        ifNull(headers.country, facts.country) as country,
        ifNull(headers.device_type, facts.device_type) as device_type,
        ifNull(headers.currency, facts.currency) as currency,
        ifNull(headers.source, facts.source) as order_source,
        ifNull(headers.is_test, facts.is_test) as is_test,
        ifNull(headers.gross - headers.discount, 0) as order_goods,
        ifNull(headers.tax, 0) as order_tax,
        ifNull(headers.shipping, 0) as order_shipping,
        fact = 'cancelled'
            or not facts.has_amounts and isNull(facts.tax) and isNull(facts.shipping) as is_full,
        isNotNull(facts.tax) or isNotNull(facts.shipping) or isNull(facts.total) as is_split,
        ifNull(facts.tax, 0) as stated_tax,
        ifNull(facts.shipping, 0) as stated_shipping,
        if(
            isNull(facts.total), ifNull(facts.gross, 0), facts.total - stated_tax - stated_shipping
        ) as stated_goods,
        ifNull(facts.total, 0) as stated_total
    from facts
    left join headers on headers.order_id = facts.order_id
),

running as (
    select
        *,
        max(is_full) over to_here as is_taken_back,
        sum(if(is_split and not is_full, stated_goods, 0)) over to_here as split_goods,
        sum(if(is_split and not is_full, stated_tax, 0)) over to_here as split_tax,
        sum(if(is_split and not is_full, stated_shipping, 0)) over to_here as split_shipping,
        sum(if(is_split or is_full, 0, stated_total)) over to_here as unsplit
    from joined
    window to_here as (
        partition by order_id order by occurred_at, source, message_id
        rows between unbounded preceding and current row
    )
),

allotted as (
    select
        *,
        greatest(order_goods - split_goods, 0) as room_goods,
        greatest(order_tax - split_tax, 0) as room_tax,
        greatest(order_shipping - split_shipping, 0) as room_shipping,
        split_goods + least(unsplit, room_goods)
            + greatest(unsplit - room_goods - room_tax - room_shipping, 0) as goods_stated,
        split_tax + least(greatest(unsplit - room_goods, 0), room_tax) as tax_stated,
        split_shipping + least(greatest(unsplit - room_goods - room_tax, 0), room_shipping)
            as shipping_stated
    from running
),

cumulated as (
    select
        *,
        if(is_taken_back, greatest(goods_stated, order_goods), goods_stated) as goods_to_here,
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
        partition by order_id order by occurred_at, source, message_id
        rows between unbounded preceding and current row
    )
)

select
    order_id,
    adjustment_id,
    if(fact = 'cancelled', 'cancellation', 'refund') as kind,
    occurred_at,
    placed_at,
    order_source as source,
    customer_id,
    country,
    device_type,
    currency,
    is_test,
    is_orphan,
    toDecimal64(goods_to_here - goods_before, 6) as goods,
    toDecimal64(tax_to_here - tax_before, 6) as tax,
    toDecimal64(shipping_to_here - shipping_before, 6) as shipping
from final
