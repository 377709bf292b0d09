-- Rejected events by where they came from, what they are and the first thing wrong.
with
    JSONExtractArrayRaw(reasons)[1] as first_reason,
    rejected as (
        select rejection_id, source, event, contract, reasons, received_at
        from bronze.rejected_events
        where ({source:String} = '' or source = {source:String})
          and ({event:String} = '' or event = {event:String})
          and ({contract:String} = '' or contract = {contract:String})
          and (
              {code:String} = ''
              or arrayExists(
                  reason -> JSONExtractString(reason, 'code') = {code:String},
                  JSONExtractArrayRaw(reasons)
              )
          )
          and received_at >= {from:DateTime64(3, 'UTC')}
          and received_at < {to:DateTime64(3, 'UTC')}
          and (
              {state:String} = 'all'
              or ({state:String} = 'replayed')
                  = (rejection_id in (select rejection_id from bronze.replays))
          )
    )

select
    source,
    event,
    contract,
    JSONExtractString(first_reason, 'code') as code,
    JSONExtractString(first_reason, 'path') as path,
    uniqExact(rejection_id) as events,
    toString(min(received_at)) as first_seen,
    toString(max(received_at)) as last_seen
from rejected
group by source, event, contract, code, path
order by events desc, source, event, contract, code, path
limit {limit:UInt32}
