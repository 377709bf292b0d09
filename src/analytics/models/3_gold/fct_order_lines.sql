select
    order_id,
    line_number,
    placed_at,
    source,
    country,
    device_type,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    if(product_id = '', 'unknown', product_id) as product_id,
    name as product_name,
    if(order_lines.category = '', 'unknown', order_lines.category) as category,
    if(order_lines.brand = '', 'unknown', order_lines.brand) as brand,
    quantity,
    price,
    gross,
    discount
from ref('silver.order_lines') as order_lines
where not is_test
