-- Average order value by country: (gross - discounts) / orders as placed. Edits and
-- refunds after the order do not change it.
select
    country,
    count() as orders,
    round(
        toDecimal128(sum(placed_gross) - sum(placed_discount), 10) / count(), 2
    ) as average_order_value
from gold.fct_orders
where currency = {currency:String}
group by country
order by orders desc, country
