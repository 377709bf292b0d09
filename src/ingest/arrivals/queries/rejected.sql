-- Rejected events that arrived in the range, and how many of them were not stored since.
select
    substring(event, 1, 200) as event_name,
    contract,
    uniqExact(rejection_id) as events,
    uniqExactIf(
        rejection_id, rejection_id not in (select rejection_id from bronze.replays)
    ) as open_events
from bronze.rejected_events
where received_at >= {from:DateTime64(3, 'UTC')}
  and received_at < {to:DateTime64(3, 'UTC')}
group by event_name, contract
order by events desc, event_name, contract
limit {limit:UInt32}
