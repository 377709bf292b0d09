-- Runs that were only submitted and never executed carry no epoch; who asked was told.
select distinct on (target) target, status, error, finished_at
from pipeline_runs
where started_at > $1 and status <> 'running' and epoch > 0
order by target, started_at desc
