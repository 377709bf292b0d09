-- A check that fails again, run after run, counts once, with the most rows it failed for.
select model, check_name as "check", severity, max(failing_rows)::text as rows
from quality_results
where checked_at >= $1 and checked_at < $2
group by model, check_name, severity
order by max(failing_rows) desc, model, check_name
