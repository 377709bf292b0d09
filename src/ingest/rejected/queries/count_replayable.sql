-- How many there are to be replayed from here on.
select uniqExact(rejection_id) as total
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
