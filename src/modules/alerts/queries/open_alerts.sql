-- Opens what is not open yet and notes of the rest that it is still so.
insert into alerts as standing (
    kind, subject, dedup_key, severity, summary, detail, opened_at, last_seen_at
)
select kind, subject, dedup_key, severity, summary, detail, at, at
from jsonb_to_recordset($1::jsonb) as seen (
    kind text, subject text, dedup_key text, severity text, summary text, detail text
)
cross join (select $2::timestamptz as at) as moment
on conflict (dedup_key) where resolved_at is null
do update set
    severity = excluded.severity,
    summary = excluded.summary,
    detail = excluded.detail,
    last_seen_at = greatest(standing.last_seen_at, excluded.last_seen_at),
    absences = 0
returning id, kind, subject, (xmax = 0) as is_new
