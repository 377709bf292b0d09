-- When the first pass was noted that had read all of the time before `until`.
select min(_loaded_at) as known_at, count() as passes
from bronze.reads
where origin = 'shop_database' and source = {source:String}
  and read_through >= {until:DateTime64(3, 'UTC')}
