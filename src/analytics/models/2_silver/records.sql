-- The latest version of every record that a database or a file delivered. The newly
-- loaded versions meet the standing row, which keeps what each earlier one said of the
-- order's state, so that the days on which it changed are not forgotten, and which orders
-- and customers they named, so that those it spoke of before are counted anew.
with loaded as (
    select * from source('bronze.records')
    where _loaded_at > {loaded_after:DateTime64(3, 'UTC')}
      and _loaded_at <= {loaded_until:DateTime64(3, 'UTC')}
      and (entity, origin, source, record_id) in dirty_keys()
),

dated as (
    select
        *,
        ifNull(
            parseDateTime64BestEffortOrNull(
                JSONExtractString(payload, 'updated_at'), 3, 'UTC'
            ),
            version_at
        ) as changed_at
    from loaded
),

seen as (
    select
        entity, origin, source, record_id, version_at, sequence, is_deleted, payload,
        [JSONExtractString(payload, 'order_id')] as order_ids,
        [JSONExtractString(payload, 'customer_id')] as customer_ids,
        if(
            JSONHas(payload, 'status') and entity in ('orders', 'order_lines')
                or JSONHas(payload, 'refunded_amount'),
            [(
                version_at,
                sequence,
                changed_at,
                JSONExtractString(payload, 'status'),
                JSONExtract(payload, 'refunded_amount', 'Nullable(Decimal(18, 6))'),
                parseDateTime64BestEffortOrNull(
                    JSONExtractString(payload, 'refunded_at'), 3, 'UTC'
                )
            )],
            []
        )::Array(Tuple(
            version_at DateTime64(3, 'UTC'), sequence UInt64,
            changed_at DateTime64(3, 'UTC'), status String,
            refunded_amount Nullable(Decimal(18, 6)),
            refunded_at Nullable(DateTime64(3, 'UTC'))
        )) as history
    from dated
    union all
    select
        entity, origin, source, record_id, version_at, sequence, is_deleted, payload,
        order_ids, customer_ids, history
    from this()
    where (entity, origin, source, record_id) in dirty_keys()
),

latest as (
    select * from seen
    order by version_at desc, sequence desc, is_deleted desc, payload desc
    limit 1 by entity, origin, source, record_id
),

-- Most records have one version; only the others have anything to be put together.
merged as (
    select
        entity,
        origin,
        source,
        record_id,
        arraySort(groupUniqArrayArray(seen.order_ids)) as order_ids,
        arraySort(groupUniqArrayArray(seen.customer_ids)) as customer_ids,
        arraySort(groupUniqArrayArray(seen.history)) as history
    from seen
    where (entity, origin, source, record_id) in (
        select entity, origin, source, record_id from seen
        group by entity, origin, source, record_id
        having count() > 1
    )
    group by entity, origin, source, record_id
)

select
    latest.entity as entity,
    latest.origin as origin,
    latest.source as source,
    latest.record_id as record_id,
    latest.version_at as version_at,
    latest.sequence as sequence,
    latest.is_deleted as is_deleted,
    JSONExtractString(latest.payload, 'order_id') as order_id,
    JSONExtractString(latest.payload, 'customer_id') as customer_id,
    JSONExtractString(latest.payload, 'product_id') as product_id,
    if(merged.record_id is null, latest.order_ids, merged.order_ids) as order_ids,
    if(merged.record_id is null, latest.customer_ids, merged.customer_ids)
        as customer_ids,
    if(merged.record_id is null, latest.history, merged.history) as history,
    latest.payload as payload
from latest
left join merged
    on merged.entity = latest.entity
    and merged.origin = latest.origin
    and merged.source = latest.source
    and merged.record_id = latest.record_id
