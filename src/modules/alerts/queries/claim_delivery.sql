-- One notification that is due on a channel, put off meanwhile, so that no other service
-- sends it too. The end of an alert waits until its beginning was delivered or given up.
update alert_deliveries
set attempts = attempts + 1, next_at = $1::timestamptz + $2::interval
where (alert_id, channel, event) = (
    select due.alert_id, due.channel, due.event
    from alert_deliveries as due
    where due.delivered_at is null and due.next_at <= $1 and due.attempts < $3
      and due.channel = $4
      and (due.event = 'opened' or exists (
          select from alert_deliveries as beginning
          where beginning.alert_id = due.alert_id and beginning.channel = due.channel
            and beginning.event = 'opened'
            and (beginning.delivered_at is not null
                or (beginning.attempts >= $3 and beginning.next_at <= $1))
      ))
    order by due.next_at, due.event
    limit 1
    for update of due skip locked
)
returning alert_id, event, attempts
