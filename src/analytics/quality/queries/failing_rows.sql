-- Rows of a model that failed a check, the newest first: set aside one by one, or some of
-- those for which a check of the whole failed.
select check_name as "check", toString(run_id) as run, state,
    formatDateTime(_loaded_at, '%Y-%m-%dT%H:%i:%S.000Z', 'UTC') as at, row
from (
    select check_name, run_id, 'set_aside' as state, _loaded_at, row
    from operations.quarantined_rows final
    where model = {model:String}
    union all
    select check_name, run_id, 'held' as state, _loaded_at, row
    from operations.failing_rows
    where model = {model:String}
)
where {check:String} in ('', check_name)
order by _loaded_at desc, check_name, row
limit {limit:UInt32}
