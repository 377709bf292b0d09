-- When each visitor was first seen. Events are only ever added, so the earlier of what
-- stands and what is new is right, whatever the order of arrival. Robots are no visitors.
with seen as (
    select visitor_id, first_seen_at as seen_at from this()
    union all
    select visitor_id, occurred_at as seen_at from ref('silver.events')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and visitor_id in dirty_keys() and is_of_visit
)

select visitor_id, min(seen_at) as first_seen_at
from seen
group by visitor_id
