-- The sequences of pages with which most sessions began.
with beginnings as (
    select arraySlice(pages, 1, {length:UInt8}) as path, count() as sessions
    from sessions() as m
    where notEmpty(pages)
    group by path
)

select
    path,
    sessions,
    sum(sessions) over () as all_sessions,
    toDecimal128(sessions, 10) / all_sessions as share
from beginnings
order by sessions desc, path
limit {limit:UInt32}
