-- What arrived in the range, by source and event: how much, how much of it rejected, and
-- when.
select
    source,
    call,
    event,
    sum(accepted) as events,
    sum(refused) as rejected,
    toString(min(first_at)) as first_seen,
    toString(max(last_at)) as last_seen
from (
    select
        source,
        call,
        event,
        count() as accepted,
        0 as refused,
        min(received_at) as first_at,
        max(received_at) as last_at
    from bronze.events
    where ({source:String} = '' or source = {source:String})
      and received_at >= {from:DateTime64(3, 'UTC')}
      and received_at < {to:DateTime64(3, 'UTC')}
      and _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
    group by source, call, event
    union all
    select
        source,
        JSONExtractString(payload, 'type') as call,
        if(event = call, '', event) as event,
        0 as accepted,
        count() as refused,
        min(received_at) as first_at,
        max(received_at) as last_at
    from bronze.rejected_events
    where ({source:String} = '' or source = {source:String})
      and received_at >= {from:DateTime64(3, 'UTC')}
      and received_at < {to:DateTime64(3, 'UTC')}
      and _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
      and rejection_id not in (select rejection_id from bronze.replays)
    group by source, call, event
)
group by source, call, event
order by events + rejected desc, source, call, event
limit {limit:UInt32}
