-- Up to when a model has read an upstream; nothing if another leader followed.
insert into watermarks (model, upstream, loaded_until)
select $1, $2, $3::timestamptz
where not exists (select from leader_epochs where id > $4::bigint)
on conflict (model, upstream) do update set loaded_until = excluded.loaded_until
returning model
