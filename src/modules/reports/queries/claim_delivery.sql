-- One delivery that is due, put off meanwhile, so that no other service sends it too.
update report_deliveries
set attempts = attempts + 1, next_at = $1::timestamptz + $2::interval
where (report_id, channel) = (
    select report_id, channel from report_deliveries
    where delivered_at is null and next_at <= $1 and attempts < $3
      and channel = any($4::text[])
    order by next_at
    limit 1
    for update skip locked
)
returning report_id, channel, attempts
