-- What the shop's own tables say was sold and given back. What a cancelled line cost is
-- given back with the cancellation, so far as it was not refunded before.
select
    count(distinct order_number)::int as orders,
    coalesce(sum(quantity), 0)::int as units,
    coalesce(sum(quantity * unit_price), 0.00)::text as "grossSales",
    (
        coalesce(sum(refunded_amount), 0.00)
        + coalesce(
            sum(
                quantity * unit_price - discount + tax + shipping
                - coalesce(refunded_amount, 0.00)
            ) filter (where status = 'cancelled'),
            0.00
        )
    )::text as refunded
from purchases
