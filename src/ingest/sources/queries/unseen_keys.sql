-- Keys of the table that no standing record stands for. A record that is marked as
-- deleted stands for nothing: its row may be back with the time of change that it always
-- had.
select count() as unseen
from operations.source_keys
where load_id = {load_id:String}
  and cityHash64(source_key) % {buckets:UInt32} = {bucket:UInt32}
  and source_key not in (
      select newest.2
      from (
          select argMax(
              (records.is_deleted, records.source_key), (version_at, sequence)
          ) as newest
          from bronze.records as records
          where origin = 'shop_database'
            and source = {source:String}
            and startsWith(records.source_key, {prefix:String})
            and cityHash64(records.source_key) % {buckets:UInt32} = {bucket:UInt32}
          group by entity, record_id
      )
      where not newest.1
  )
