-- Some rejected events, whole, unless they have been replayed meanwhile. The times of
-- their loading lead to the parts of the table that hold them.
select
    rejection_id as id,
    source,
    event,
    message_id,
    reasons,
    facts,
    payload,
    toString(received_at) as received
from bronze.rejected_events
where _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
  and _loaded_at <= {loaded_to:DateTime64(3, 'UTC')}
  and rejection_id in {ids:Array(String)}
  and rejection_id not in (select rejection_id from bronze.replays)
limit 1 by rejection_id
