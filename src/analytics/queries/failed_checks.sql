select model, check_name as "check", severity, sum(failing_rows)::text as rows
from quality_results
where checked_at >= $1 and checked_at < $2
group by model, check_name, severity
order by sum(failing_rows) desc, model, check_name
limit 20
