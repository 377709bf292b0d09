-- Rows set aside, by model and check: those whose own time lies in the range, and those
-- of models that have none.
with
    transform(
        toString(model), {models:Array(String)}, {time_columns:Array(String)}, ''
    ) as time_column,
    parseDateTime64BestEffortOrNull(JSONExtractString(row, time_column), 3, 'UTC') as at

select model, check_name, uniqExact(row_key) as rows
from operations.quarantined_rows
where model in {models:Array(String)}
  and (
      at is null
      or (at >= {from:DateTime64(3, 'UTC')} and at < {to:DateTime64(3, 'UTC')})
  )
group by model, check_name
order by rows desc, model, check_name
limit {limit:UInt32}
