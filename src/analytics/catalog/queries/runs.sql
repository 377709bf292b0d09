-- The records of runs by their ids. The ticks of an hour fold into one record under the
-- id of the first, so the others are found by schedule and hour.
select id::text as id, target, trigger, status, started_at
from pipeline_runs
where id::text = any($1::text[])
   or (
       trigger = 'schedule'
       and (target, date_trunc('hour', started_at, 'UTC')) in (
           select * from unnest($2::text[], $3::timestamptz[])
       )
   )
order by started_at desc
limit $4
