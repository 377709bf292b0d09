-- Records that stand although their row is no longer among the table's keys.
select record_id, entity, source_key
from (
    select
        entity,
        record_id,
        argMax((records.is_deleted, records.source_key), (version_at, sequence))
            as newest,
        newest.1 as is_deleted,
        newest.2 as source_key
    from bronze.records as records
    where origin = 'shop_database'
      and source = {source:String}
      and startsWith(records.source_key, {prefix:String})
      and version_at < {listed_at:DateTime64(3, 'UTC')}
      and cityHash64(record_id) % {buckets:UInt32} = {bucket:UInt32}
    group by entity, record_id
)
where not is_deleted
  and source_key not in (
      select source_key from operations.source_keys where load_id = {load_id:String}
  )
