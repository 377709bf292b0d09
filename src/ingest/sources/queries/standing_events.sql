-- Which of these events have been delivered before.
select distinct message_id
from bronze.events
where source = {source:String} and message_id in {message_ids:Array(String)}
