-- Services share the work. A clock that was set back must not stop it for long.
update alert_evaluation
set evaluated_at = $1
where evaluated_at <= $1::timestamptz - $2::interval
   or evaluated_at > $1::timestamptz + interval '1 minute'
returning evaluated_at
