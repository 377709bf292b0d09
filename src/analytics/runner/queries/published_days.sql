-- Days of a range of which anything was ever published; a table without days is `all`.
select distinct partition as day
from publish_log
where partition ~ '^\d{4}-\d\d-\d\d$' and partition >= $1 and partition < $2
order by day
