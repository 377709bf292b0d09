-- Which of these ids there are, and which of them have been replayed.
select distinct
    rejection_id as id,
    rejection_id in (select rejection_id from bronze.replays) as is_replayed
from bronze.rejected_events
where rejection_id in {ids:Array(String)}
