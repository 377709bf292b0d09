-- Where views of a page led: the next page of the session, or its end.
with views as (
    select
        arrayJoin(
            arrayFilter(
                view -> view.1 = {page:String},
                arrayZip(pages, arrayPushBack(arrayPopFront(pages), ''))
            )
        ).2 as next_page
    from sessions() as m
    where has(pages, {page:String})
),

following as (
    select next_page, count() as views
    from views
    group by next_page
)

select
    next_page,
    views,
    sum(views) over () as all_views,
    toDecimal128(views, 10) / all_views as share
from following
order by views desc, next_page
limit {limit:UInt32}
