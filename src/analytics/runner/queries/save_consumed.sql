-- Which versions of its upstreams a model has taken in; nothing if another leader
-- followed.
insert into consumed_versions (model, upstream, version)
select $1, unnest($2::text[]), unnest($3::bigint[])
where not exists (select from leader_epochs where id > $4::bigint)
on conflict (model, upstream) do update set version = excluded.version
returning upstream
