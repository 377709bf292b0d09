-- The ledger of sales with each refund, cancellation and reinstatement on the day its
-- order was placed; of an order not seen, on its own day. In total it is the ledger.
select
    ledger.* replace (coalesce(placed_at, ledger.occurred_at) as occurred_at)
from ref('gold.fct_sales') as ledger
left join (
    select order_id, any(orders.placed_at) as placed_at
    from ref('silver.orders') as orders
    group by order_id
) as placements on placements.order_id = ledger.order_id
