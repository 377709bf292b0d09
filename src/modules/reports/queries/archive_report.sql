insert into reports (id, kind, period, date, document, sha256, made_at)
values ($1, 'executive', $2, $3, $4, $5, $6)
on conflict (kind, period, date) do nothing
returning id
