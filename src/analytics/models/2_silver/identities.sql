-- Who a browser turned out to be: the customer of its first event that names one.
select
    anonymous_id,
    argMin(user_id, (occurred_at, source, message_id)) as customer_id,
    min(occurred_at) as identified_at
from ref('silver.events')
where visitor_id in dirty_keys() -- The same rows by the primary key.
  and anonymous_id in dirty_keys()
  and user_id != ''
group by anonymous_id
