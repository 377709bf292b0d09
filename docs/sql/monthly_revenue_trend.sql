-- Revenue by month in a timezone: orders, gross and net sales, and the change of net
-- sales to the month before. Months without a sale are missing, not zero.
with months as (
    select
        toStartOfMonth(occurred_at, {timezone:String}) as month,
        sum(ledger.orders) as orders,
        sum(ledger.gross) as gross_sales,
        gross_sales - sum(ledger.discount) - sum(ledger.refunds) as net_sales
    from gold.fct_sales as ledger
    where currency = {currency:String}
    group by month
)

select
    month,
    orders,
    gross_sales,
    net_sales,
    lagInFrame(toNullable(net_sales), 1, null) over time as net_sales_before,
    round(
        toFloat64(net_sales - net_sales_before)
            / nullIf(toFloat64(net_sales_before), 0),
        4
    ) as change
from months
window time as (order by month rows between unbounded preceding and current row)
order by month
