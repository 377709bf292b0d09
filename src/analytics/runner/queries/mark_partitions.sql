-- Gives partitions a version and a status. A leader that was followed by another marks
-- nothing, and no mark takes back a newer one.
insert into publish_log (model, partition, version, status, run_id, epoch, changed_at)
select
    $1,
    unnest($2::text[]),
    $3::bigint,
    $4,
    $5::uuid,
    $6::bigint,
    $7::timestamptz
where not exists (select from leader_epochs where id > $6::bigint)
on conflict (model, partition) do update set
    version = excluded.version,
    status = excluded.status,
    run_id = excluded.run_id,
    epoch = excluded.epoch,
    changed_at = excluded.changed_at
where publish_log.version <= excluded.version
