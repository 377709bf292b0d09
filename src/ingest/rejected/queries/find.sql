-- One rejected event, whole.
select
    rejection_id as id,
    source,
    event,
    message_id,
    contract,
    reasons,
    facts,
    payload,
    toString(received_at) as received,
    (
        select toString(minOrNull(_loaded_at))
        from bronze.replays
        where rejection_id = {id:String}
    ) as replayed
from bronze.rejected_events
where rejection_id = {id:String}
limit 1
