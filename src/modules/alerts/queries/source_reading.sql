-- Progress counts: to read a large shop for the first time takes hours.
select
    max(saved_at) as read_at,
    (
        select error ->> 'code' from loads
        where source = $1 and kind = 'extraction' and status = 'failed'
        order by created_at desc
        limit 1
    ) as error
from source_checkpoints
where source = $1
