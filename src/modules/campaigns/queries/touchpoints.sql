-- What an order is credited to by the newest rules that it was credited by.
select
    position,
    touches,
    session_id,
    toString(touched_at) as touched_at,
    channel,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    landing_page,
    arrayMap(span -> toString(span.model), spans) as models,
    arrayMap(span -> toString(span.ends - span.starts), spans) as weights
from gold.attribution_credits
where order_id = {order_id:String}
  and attribution_version = (
      select max(attribution_version) from gold.attribution_credits
      where order_id = {order_id:String}
  )
order by position
