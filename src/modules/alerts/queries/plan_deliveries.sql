-- A receiver is told of the end only if it was to be told of the beginning.
insert into alert_deliveries (alert_id, channel, event, next_at)
select alert_id, channel, 'opened', $3::timestamptz
from unnest($1::uuid[]) as alert_id cross join unnest($4::text[]) as channel
union all
select alert_id, channel, 'resolved', $3::timestamptz
from alert_deliveries
where event = 'opened' and alert_id = any($2::uuid[])
on conflict do nothing
