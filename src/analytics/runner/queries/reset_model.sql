-- Starts a model's record anew, as one that has read nothing; nothing if another leader
-- followed.
with fence as (
    select 1 where not exists (select from leader_epochs where id > $3::bigint)
),

forgotten as (
    delete from watermarks where model = $1 and exists (select from fence)
)

insert into model_states (model, definition_hash, status, reason, as_of)
select $1, $2, 'ok', null, null
from fence
on conflict (model) do update set
    definition_hash = excluded.definition_hash,
    status = excluded.status,
    reason = excluded.reason,
    as_of = excluded.as_of
returning model
