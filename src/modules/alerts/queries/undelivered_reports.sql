select channel, count(*)::integer as reports
from report_deliveries
join reports on reports.id = report_id
where delivered_at is null and attempts >= 3 and error is not null and made_at > $1
group by channel
order by channel
