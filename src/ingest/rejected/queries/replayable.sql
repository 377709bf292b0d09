-- What is to be replayed next, oldest first: where it stands and how large it is.
select
    rejection_id as id,
    toString(received_at) as received,
    toString(loaded_at) as loaded,
    bytes
from (
    select
        rejection_id,
        received_at,
        any(_loaded_at) as loaded_at,
        any(length(payload)) as bytes
    from bronze.rejected_events
    where (empty({ids:Array(String)}) or rejection_id in {ids:Array(String)})
      and ({source:String} = '' or source = {source:String})
      and ({event:String} = '' or event = {event:String})
      and ({contract:String} = '' or contract = {contract:String})
      and received_at >= {from:DateTime64(3, 'UTC')}
      and received_at < {to:DateTime64(3, 'UTC')}
      and (
          {after_id:String} = ''
          or (received_at, rejection_id)
              > ({after_at:DateTime64(3, 'UTC')}, {after_id:String})
      )
      and rejection_id not in (select rejection_id from bronze.replays)
    group by rejection_id, received_at
)
order by received_at, rejection_id
limit {limit:UInt32}
