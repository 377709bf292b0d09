-- The newest version of these records once more, marked as deleted.
insert into bronze.records
    (origin, source, entity, record_id, source_key, version_at, sequence, is_deleted,
     content_hash, payload, load_id)
select
    'shop_database', {source:String}, entity, record_id,
    argMax(records.source_key, (version_at, sequence)),
    {listed_at:DateTime64(3, 'UTC')}, 0, true, 'deleted',
    argMax(records.payload, (version_at, sequence)),
    {load_id:String}
from bronze.records as records
where origin = 'shop_database'
  and source = {source:String}
  and (entity, record_id) in (
      select arrayJoin(arrayZip({entities:Array(String)}, {record_ids:Array(String)}))
  )
group by entity, record_id
