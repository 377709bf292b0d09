-- Which of these events have been stored since the first of them arrived.
select distinct source, message_id
from bronze.events
where _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
  and source in {sources:Array(String)}
  and message_id in {message_ids:Array(String)}
