-- Takes a tick that nobody has done: a later one than the last, or the last if it was
-- not done to its end. A leader that was followed takes none. One whose clock was ahead
-- does not keep the others from theirs.
insert into schedule_ticks (schedule, due_at, epoch, done_at)
select $1, $2::timestamptz, $3::bigint, null
where not exists (select from leader_epochs where id > $3::bigint)
on conflict (schedule) do update set
    due_at = excluded.due_at,
    epoch = excluded.epoch,
    done_at = null
where schedule_ticks.due_at < excluded.due_at
    or schedule_ticks.due_at > now() + interval '10 minutes'
    or (
        schedule_ticks.due_at = excluded.due_at
        and schedule_ticks.done_at is null
        and schedule_ticks.epoch <= excluded.epoch
    )
returning schedule
