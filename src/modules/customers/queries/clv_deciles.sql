-- Customers with a lifetime value in ten parts alike in number, the dearest first.
with ranked as (
    select
        clv,
        p_alive,
        expected_orders,
        1 + intDiv(
            10 * (row_number() over (order by clv desc, customer_id) - 1), count() over ()
        ) as decile
    from gold.customer_clv
    where currency = {currency:String} and clv is not null
)

select
    decile,
    count() as customers,
    sum(ranked.clv) as total_clv,
    toDecimal128(sum(ranked.clv), 10) / count() as average_clv,
    toDecimal128(sum(ranked.clv), 10)
        / nullIf(sum(sum(ranked.clv)) over (), 0) as clv_share,
    avg(ranked.expected_orders) as expected_orders,
    avg(ranked.p_alive) as p_alive
from ranked
group by decile
order by decile
