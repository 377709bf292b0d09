-- The most telling of the feedback picked, the most extreme first.
select
    origin,
    source,
    feedback_id,
    kind,
    formatDateTime(created_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC') as came_at,
    customer_id,
    product_id,
    product_name,
    rating,
    title,
    text,
    language,
    compound,
    picked.label as sentiment,
    arrayMap(driver -> driver.1, drivers) as driver_words,
    arrayMap(driver -> toFloat64(driver.2), drivers) as driver_weights,
    topics
from picked_feedback() as picked
where compound is not null and (title != '' or text != '')
order by abs(compound) desc, created_at desc, origin, source, feedback_id
limit {limit:UInt32} offset {offset:UInt32}
