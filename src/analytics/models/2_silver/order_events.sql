-- What tracked events say of an order, amounts parsed.
with loaded as (
    select * from ref('silver.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and order_id != ''
      and event in (
          'Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled',
          'Order Reinstated'
      )
),

parsed as (
    select
        *,
        JSONExtract(
            properties,
            'products',
            'Array(Tuple(product_id String, sku String, name String, category String,
             brand String, quantity Nullable(Decimal(18, 6)),
             price Nullable(Decimal(18, 6))))'
        ) as products,
        arrayMap(
            line -> (
                coalesce(nullIf(line.product_id, ''), line.sku),
                line.sku, line.name, line.category, line.brand,
                ifNull(line.quantity, toDecimal64(1, 6)),
                ifNull(line.price, toDecimal64(0, 6))
            ),
            products
        ) as lines,
        arrayMap(
            line -> (
                coalesce(nullIf(line.product_id, ''), line.sku),
                line.sku,
                ifNull(line.quantity, toDecimal64(1, 6))
            ),
            arrayFilter(line -> isNull(line.price), products)
        ) as unpriced_lines,
        JSONExtract(properties, 'total', 'Nullable(Decimal(18, 6))') as total,
        JSONExtract(properties, 'subtotal', 'Nullable(Decimal(18, 6))') as subtotal,
        JSONExtract(properties, 'revenue', 'Nullable(Decimal(18, 6))') as revenue,
        JSONExtract(properties, 'tax', 'Nullable(Decimal(18, 6))') as tax,
        JSONExtract(properties, 'shipping', 'Nullable(Decimal(18, 6))') as shipping,
        JSONExtract(properties, 'discount', 'Nullable(Decimal(18, 6))') as discount
    from loaded
)

select
    order_id,
    source,
    message_id,
    transform(
        event,
        [
            'Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled',
            'Order Reinstated'
        ],
        ['placed', 'updated', 'refunded', 'cancelled', 'reinstated'],
        ''
    ) as fact,
    occurred_at,
    anonymous_id,
    user_id,
    country,
    device_type,
    currency,
    upper(JSONExtract(properties, 'currency', 'String')) as stated_currency,
    JSONExtractBool(properties, 'test') or JSONExtractBool(properties, 'is_test')
        as is_test,
    lines,
    unpriced_lines,
    total,
    tax,
    shipping,
    discount,
    notEmpty(lines) or isNotNull(coalesce(subtotal, revenue, total)) as has_amounts,
    multiIf(
        notEmpty(lines),
        toDecimal64OrNull(
            toString(
                arraySum(line -> round(toDecimal128(line.6, 6) * line.7, 6), lines)
            ),
            6
        ),
        has_amounts,
        coalesce(subtotal, revenue, total - ifNull(tax, 0) - ifNull(shipping, 0))
        + ifNull(discount, 0),
        toDecimal64(0, 6)
    ) as gross,
    if(empty(lines), null, arraySum(line -> line.6, lines))::Nullable(Decimal(18, 6))
        as units,
    coalesce(nullIf(JSONExtract(properties, 'refund_id', 'String'), ''), message_id)
        as refund_id
from parsed
