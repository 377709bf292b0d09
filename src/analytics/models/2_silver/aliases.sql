-- The alias calls that connect the dirty ids with whatever else is the same person.
select
    previous_id,
    user_id,
    toString(occurred_at) as told_at,
    source,
    message_id
from ref('silver.events')
where call = 'alias' and previous_id != '' and user_id != ''
  and (user_id in dirty_keys() or previous_id in dirty_keys())
