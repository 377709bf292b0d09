-- The three best sellers of each category by gross sales, with their units and their
-- share of the category. A line without a category counts as 'unknown', so that nothing
-- is lost.
with sold as (
    select
        if(category = '', 'unknown', category) as category,
        product_id,
        argMax(name, placed_at) as product,
        sum(quantity) as units,
        sum(lines.gross) as gross_sales
    from silver.order_lines as lines
    where not is_test
      and currency = {currency:String}
    group by category, product_id
)

select
    category,
    row_number() over best as place,
    product_id,
    product,
    units,
    gross_sales,
    round(toFloat64(gross_sales) / toFloat64(sum(gross_sales) over whole), 4) as share
from sold
window
    best as (partition by category order by gross_sales desc, product_id),
    whole as (partition by category)
qualify place <= 3
order by category, place
