-- A page of rejected events, newest first, without what they hold.
select
    rejected.rejection_id as id,
    any(rejected.source) as source,
    any(rejected.event) as event,
    any(rejected.message_id) as message_id,
    any(rejected.contract) as contract,
    any(rejected.reasons) as reasons,
    toString(rejected.received_at) as received,
    toString(any(replays.replayed_at)) as replayed
from bronze.rejected_events as rejected
left join (
    select rejection_id, min(_loaded_at) as replayed_at
    from bronze.replays
    group by rejection_id
) as replays on replays.rejection_id = rejected.rejection_id
where ({source:String} = '' or rejected.source = {source:String})
  and ({event:String} = '' or rejected.event = {event:String})
  and ({contract:String} = '' or rejected.contract = {contract:String})
  and (
      {code:String} = ''
      or arrayExists(
          reason -> JSONExtractString(reason, 'code') = {code:String},
          JSONExtractArrayRaw(rejected.reasons)
      )
  )
  and rejected.received_at >= {from:DateTime64(3, 'UTC')}
  and rejected.received_at < {to:DateTime64(3, 'UTC')}
  and (
      {state:String} = 'all'
      or ({state:String} = 'replayed') = isNotNull(replays.replayed_at)
  )
  and (
      {before_id:String} = ''
      or (rejected.received_at, rejected.rejection_id)
          < ({before_at:DateTime64(3, 'UTC')}, {before_id:String})
  )
group by rejected.rejection_id, rejected.received_at
order by rejected.received_at desc, rejected.rejection_id desc
limit {limit:UInt32}
