-- The tick is done, unless another leader has taken it meanwhile.
update schedule_ticks set done_at = now()
where schedule = $1 and due_at = $2::timestamptz and epoch = $3::bigint
