-- One rate a day and pair: of what several sources or a correction state, the latest.
with records as (
    select
        *,
        JSONExtract(
            payload,
            'Tuple(date String, base String, quote String,
             rate Nullable(Decimal(38, 12)))'
        ) as doc
    from ref('silver.records')
    where entity = 'fx_rates' and not is_deleted
)

select
    toDate(doc.date) as date,
    doc.base as base,
    doc.quote as quote,
    doc.rate as rate,
    origin,
    source,
    record_id
from records
where (date, base, quote) in dirty_keys()
order by version_at desc, sequence desc, origin, source, record_id
limit 1 by date, base, quote
