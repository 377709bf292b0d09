-- Generated sessions {first} to {first} + {sessions}, ten events each, in order of time, in
-- the form in which the collector writes them: landing page, browsing, a search, a cart in
-- three of ten, an order in one of ten, an identify of every other visitor.
insert into bronze.events (
    source, message_id, call, event, contract_version, anonymous_id, user_id, occurred_at,
    original_date, has_client_timestamp, received_at, country, device_type, os, browser,
    channel, page_path, referrer_host, utm_source, utm_medium, utm_campaign, utm_term,
    utm_content, currency, is_bot, click_id_name, click_id, payload
)
with
    intDiv(number, 10) + {first:UInt64} as session,
    number % 10 as step,
    cityHash64(session) as dice,
    dice % {visitors:UInt64} as visitor,
    session % 10 = 0 as has_order,
    session % 10 < 3 as has_cart,
    ['direct', 'organic_search', 'paid_search', 'email', 'organic_social', 'referral']
        [dice % 6 + 1] as session_channel,
    session_channel in ('paid_search', 'email') as has_campaign,
    toDateTime64({from:DateTime('UTC')}, 3, 'UTC')
        + toIntervalMillisecond(
            toUInt64(session * {milliseconds_a_session:Float64}) + step * 20000
        ) as at,
    multiIf(
        step = 4, 'Products Searched',
        step in (2, 5), 'Product Viewed',
        step = 6 and has_cart, 'Product Added',
        step = 7 and has_cart, 'Checkout Started',
        step = 8 and has_order, 'Order Completed',
        ''
    ) as name,
    multiIf(
        name != '', 'track',
        step = 9 and visitor % 2 = 0, 'identify',
        'page'
    ) as kind,
    concat('product-', toString(cityHash64(session, step) % 500)) as product,
    multiIf(
        name = 'Products Searched',
            concat('{"query":"term ', toString(dice % 40), '","results":',
                   toString(dice % 7), '}'),
        name in ('Product Viewed', 'Product Added'),
            concat('{"product_id":"', product, '","category":"category-',
                   toString(cityHash64(product) % 20), '","brand":"brand-',
                   toString(cityHash64(product) % 9), '","price":',
                   toString(5 + cityHash64(product) % 90), '.5,"currency":"USD"}'),
        name = 'Order Completed',
            concat('{"order_id":"order-', toString(session), '","currency":"USD","tax":1.5,',
                   '"shipping":4,"products":[{"product_id":"', product,
                   '","category":"category-', toString(cityHash64(product) % 20),
                   '","brand":"brand-', toString(cityHash64(product) % 9),
                   '","quantity":2,"price":12.5},{"product_id":"product-',
                   toString(dice % 500), '","quantity":1,"price":30}]}'),
        '{}'
    ) as properties
select
    'web' as source,
    concat('message-', toString(session), '-', toString(step)) as message_id,
    kind as call,
    name as event,
    1 as contract_version,
    concat('visitor-', toString(visitor)) as anonymous_id,
    if(visitor % 2 = 0 and step = 9, concat('customer-', toString(visitor)), '') as user_id,
    at as occurred_at,
    toDate(at) as original_date,
    true as has_client_timestamp,
    at + toIntervalMillisecond(500) as received_at,
    ['DE', 'AT', 'CH', 'FR', 'US', 'GB', 'IT', 'unknown'][intDiv(dice, 7) % 8 + 1] as country,
    ['mobile', 'desktop', 'tablet'][intDiv(dice, 11) % 3 + 1] as device_type,
    ['iOS', 'Android', 'Windows', 'macOS'][intDiv(dice, 13) % 4 + 1] as os,
    ['Safari', 'Chrome', 'Firefox'][intDiv(dice, 17) % 3 + 1] as browser,
    if(step = 0, session_channel, 'direct') as channel,
    if(
        kind = 'page' or name = 'Product Viewed',
        ['/', '/shop', '/sale', '/about'][cityHash64(session, step) % 4 + 1],
        ''
    ) as page_path,
    if(step = 0 and session_channel = 'organic_search', 'google.com', '') as referrer_host,
    if(step = 0 and has_campaign, 'partner', '') as utm_source,
    if(step = 0 and has_campaign, if(session_channel = 'email', 'email', 'cpc'), '')
        as utm_medium,
    if(step = 0 and has_campaign, concat('campaign-', toString(dice % 12)), '')
        as utm_campaign,
    '' as utm_term,
    '' as utm_content,
    'USD' as currency,
    dice % 50 = 0 as is_bot,
    '' as click_id_name,
    '' as click_id,
    concat(
        '{"type":"', kind, '","event":"', name, '","messageId":"', message_id,
        '","anonymousId":"', anonymous_id, '","timestamp":"', toString(at),
        '","properties":', properties, ',"traits":{},"context":{"library":{"name":',
        '"analytics.js","version":"2.1.0"},"page":{"path":"', page_path,
        '","title":"A page of the shop","url":"https://shop.example', page_path, '"}}}'
    ) as payload
from numbers({sessions:UInt64} * 10)
order by occurred_at
