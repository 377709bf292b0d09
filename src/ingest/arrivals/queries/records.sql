-- Versions of records whose own time lies in the range, by the load that brought them.
-- Customers and products have no such time; they belong to no range.
with
    multiIf(
        entity in ('orders', 'order_lines'), 'placed_at',
        entity = 'refunds', 'refunded_at',
        entity = 'ad_spend', 'date',
        entity = 'feedback', 'created_at',
        ''
    ) as field,
    parseDateTime64BestEffortOrNull(JSONExtractString(payload, field), 3, 'UTC') as at

select
    load_id,
    any(source) as source,
    entity,
    count() as records,
    toString(min(_loaded_at)) as first_arrival,
    toString(max(_loaded_at)) as last_arrival
from bronze.records
where at >= {from:DateTime64(3, 'UTC')} and at < {to:DateTime64(3, 'UTC')}
group by load_id, entity
order by records desc, load_id, entity
limit {limit:UInt32}
