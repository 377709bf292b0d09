-- Services share the work. A clock that was set back must not stop it for long.
insert into alert_evaluation as latest (evaluated_at)
values ($1::timestamptz)
on conflict (is_only) do update set evaluated_at = excluded.evaluated_at
where latest.evaluated_at <= excluded.evaluated_at - $2::interval
   or latest.evaluated_at > excluded.evaluated_at + interval '1 minute'
returning evaluated_at
