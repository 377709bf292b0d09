-- What was absent often enough in a row is over; what nobody can tell now stays as it is.
update alerts
set
    absences = absences + 1,
    resolved_at = case when absences + 1 >= $4 then $3::timestamptz end
where resolved_at is null and dedup_key <> all($1::text[]) and kind <> all($2::text[])
returning id, kind, subject, (resolved_at is not null) as is_resolved
