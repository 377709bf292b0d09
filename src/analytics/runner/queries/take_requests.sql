-- Takes the runs that were handed over, oldest first; nothing if another leader followed.
with taken as (
    delete from run_requests
    where run_id in (
        select run_id from run_requests order by requested_at limit $2::int
    )
    and not exists (select from leader_epochs where id > $1::bigint)
    returning run_id, requested_at
)

select run_id from taken order by requested_at
