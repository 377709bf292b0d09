select alerts.*, coalesce(
    (
        select jsonb_agg(jsonb_build_object(
            'channel', channel, 'event', event, 'attempts', attempts,
            'delivered_at', delivered_at, 'error', error
        ) order by channel, event)
        from alert_deliveries where alert_id = alerts.id
    ),
    '[]'
) as deliveries
from alerts
where ($1::uuid is null or alerts.id = $1)
  and ($2 = 'all' or ($2 = 'open') = (resolved_at is null))
order by opened_at desc, alerts.id
limit $3
