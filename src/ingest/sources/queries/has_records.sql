select count() > 0 as has_records
from (
    select 1 from bronze.records
    where origin = {origin:String}
      and source = {source:String}
      and entity = {entity:String}
    limit 1
)
