-- The versions that stand of some records, each with its time, the number of its load,
-- which tells later loads from earlier ones of the same time, and its content.
select
    record_id,
    groupUniqArray((toString(version_at), intDiv(sequence, 1000000), content_hash))
        as versions
from bronze.records
where origin = {origin:String}
  and source = {source:String}
  and entity = {entity:String}
  and record_id in {record_ids:Array(String)}
group by record_id
