-- The orders of a range that the shop's database or tracked events told of, with what was
-- taken back of each, by the day of the order.
with taken_back as (
    select order_id, sum(goods + tax + shipping) as refunds
    from gold.fct_refunds
    where placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
    group by order_id
)

select
    orders.order_id as order_id,
    orders.source as source,
    toString(toDate(placed_at, {timezone:String})) as day,
    toString(ifNull(units, 0)) as units,
    toString(gross) as gross,
    toString(ifNull(taken_back.refunds, 0)) as refunds
from gold.fct_orders as orders
left join taken_back on taken_back.order_id = orders.order_id
where placed_at >= {from:DateTime64(3, 'UTC')}
  and placed_at < {to:DateTime64(3, 'UTC')}
  and origin in ('shop_database', 'event')
