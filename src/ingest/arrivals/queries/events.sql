-- Events that happened in the range, by the source whose key sent them. An event arrives
-- after it happened, but for clocks that are wrong by less than a day.
select
    source,
    count() as events,
    toString(min(received_at)) as first_arrival,
    toString(max(received_at)) as last_arrival
from bronze.events
where occurred_at >= {from:DateTime64(3, 'UTC')}
  and occurred_at < {to:DateTime64(3, 'UTC')}
  and _loaded_at >= {from:DateTime64(3, 'UTC')} - interval 1 day
group by source
order by events desc, source
limit {limit:UInt32}
