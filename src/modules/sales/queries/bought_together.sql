-- Pairs of products in the same orders: of products that stand in enough orders all pairs
-- are counted, so what is answered is exact. Each pair is told from both sides.
with lines as (
    select distinct order_id, product_id
    from gold.fct_order_lines
    where product_id != 'unknown'
      and placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
),

products as (
    select product_id, count() as orders
    from lines
    group by product_id
    having orders >= {min_orders:UInt32}
),

names as (
    select
        product_id,
        argMaxIf(lines.product_name, placed_at, lines.product_name != '') as last_name
    from gold.fct_order_lines as lines
    where placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
    group by product_id
),

baskets as (
    select groupArray(product_id) as held
    from lines
    where product_id in (select product_id from products)
    group by order_id
    having length(held) > 1 and ({product:String} = '' or has(held, {product:String}))
),

sides as (
    select product_id, arrayJoin(held) as other_id
    from (
        select
            held,
            arrayJoin(if({product:String} = '', held, [{product:String}])) as product_id
        from baskets
    )
),

pairs as (
    select product_id, other_id, count() as orders
    from sides
    where product_id != other_id
    group by product_id, other_id
    having orders >= {min_orders:UInt32}
),

whole as (
    select uniqExact(order_id) as orders from lines
)

select
    pairs.product_id as product,
    ifNull(nullIf(names.last_name, ''), pairs.product_id) as product_label,
    other_id as other,
    ifNull(nullIf(other_names.last_name, ''), other_id) as other_label,
    pairs.orders as orders,
    toDecimal128(pairs.orders, 10) / (select orders from whole) as support,
    toDecimal128(pairs.orders, 10) / products.orders as confidence,
    toDecimal128(pairs.orders, 10) * (select orders from whole)
        / (toUInt64(products.orders) * others.orders) as lift
from pairs
inner join products on products.product_id = pairs.product_id
inner join products as others on others.product_id = pairs.other_id
left join names on names.product_id = pairs.product_id
left join names as other_names on other_names.product_id = pairs.other_id
order by orders desc, confidence desc, product, other
limit {limit:UInt32}
