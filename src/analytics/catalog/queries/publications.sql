-- What is published of each model within the range: its newest partitions, and how many
-- there are in all. A model without days has one partition, which belongs to every range.
select model, partition, version, run_id, published_at, partitions
from (
    select
        model,
        partition,
        version::text as version,
        run_id::text as run_id,
        changed_at as published_at,
        count(*) over (partition by model)::int as partitions,
        row_number() over (
            partition by model order by version desc, partition desc
        ) as place
    from publish_log
    where model = any($1::text[])
      and (partition = 'all' or partition between $2 and $3)
) as found
where place <= $4
order by model, place
