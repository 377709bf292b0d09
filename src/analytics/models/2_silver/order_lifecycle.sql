-- What happened to an order after it was placed, from all sources: refunds, cancellations
-- and their reversals, edits. A source of higher precedence that tells of such things
-- decides alone up to the time it has been read; what a lower one says of later stands
-- until then. One refund id counts once; of repeated cancellations the first counts. Of
-- an order that the highest source deleted nothing stands.
with statements as (
    select * from ref('silver.order_statements')
    where order_id in dirty_keys()
),

reads as (
    select origin, source, max(bronze.read_through) as read_through
    from source('bronze.reads') as bronze
    group by origin, source
),

authorities as (
    select
        order_id,
        groupArray((
            statements.precedence,
            if(
                statements.origin = 'shop_database',
                coalesce(reads.read_through, statements.version_at),
                statements.version_at
            ),
            statements.states_refunds,
            statements.states_status,
            statements.is_order
        )) as authorities
    from statements
    left join reads
        on reads.origin = statements.origin and reads.source = statements.source
    group by order_id
),

tracked as (
    select
        order_id, fact,
        if(fact = 'updated', concat(source, ':', message_id), refund_id) as fact_id,
        toUInt8(4) as precedence, 'event' as origin, source, message_id,
        occurred_at, user_id, country, device_type, currency, stated_currency, is_test,
        lines, unpriced_lines, has_amounts, gross, units, total, tax, shipping, discount
    from ref('silver.order_events')
    where order_id in dirty_keys() and fact != 'placed'
),

refund_statements as (
    select *, arrayJoin(refunds) as refund
    from statements
),

refunds as (
    select
        order_id, 'refunded' as fact, refund.refund_id as fact_id, precedence, origin,
        source, refund.refund_id as message_id, refund.refunded_at as occurred_at,
        refund.customer_id as user_id,
        if(refund.country = '', 'unknown', refund.country) as country,
        'unknown' as device_type, refund.currency as currency,
        refund.currency as stated_currency, refund.is_test as is_test, [] as lines,
        [] as unpriced_lines, true as has_amounts, toDecimal64(0, 6) as gross,
        null as units, refund.total as total, refund.tax as tax,
        refund.shipping as shipping, null as discount
    from refund_statements
),

cancellation_statements as (
    select *, arrayJoin(cancellations) as cancellation
    from statements
),

cancellations as (
    select
        order_id,
        if(cancellation.is_cancelled, 'cancelled', 'reinstated') as fact,
        '' as fact_id, precedence, origin, source,
        toString(cancellation.changed_at) as message_id,
        cancellation.changed_at as occurred_at, customer_id as user_id,
        if(statement.country = '', 'unknown', statement.country) as country,
        'unknown' as device_type, currency, currency as stated_currency, is_test,
        [] as lines, [] as unpriced_lines, false as has_amounts,
        toDecimal64(0, 6) as gross, null as units, null as total, null as tax,
        null as shipping, null as discount
    from cancellation_statements as statement
),

facts as (
    select * from tracked
    union all
    select * from refunds
    union all
    select * from cancellations
),

decisive as (
    select * from statements
    where is_order and (is_deleted or placed_at is not null)
    order by precedence, version_at desc, source
    limit 1 by order_id
),

standing as (
    select facts.*
    from facts
    left join authorities on authorities.order_id = facts.order_id
    where not arrayExists(
        authority -> authority.1 < precedence
            and authority.2 >= occurred_at
            and multiIf(
                fact = 'refunded', authority.3,
                fact = 'updated', authority.5,
                authority.4
            ),
        authorities
    )
    and facts.order_id not in (select order_id from decisive where is_deleted)
),

others as (
    select * from standing
    where fact in ('refunded', 'updated')
    order by precedence, occurred_at, source, message_id, total, tax, shipping
    limit 1 by order_id, fact, fact_id
),

changes as (
    select
        *,
        lagInFrame(fact, 1, 'reinstated') over life as before
    from standing
    where fact in ('cancelled', 'reinstated')
    window life as (
        partition by order_id order by occurred_at, precedence, source, message_id
        rows between unbounded preceding and current row
    )
),

numbered as (
    select
        * except (before),
        row_number() over (
            partition by order_id, fact
            order by occurred_at, precedence, source, message_id
        ) as number
    from changes
    where fact != before
),

final as (
    select * from others
    union all
    select
        * except (number)
        replace (
            concat(
                if(fact = 'cancelled', 'cancellation', 'reinstatement'),
                if(number = 1, '', concat('-', toString(number)))
            ) as fact_id
        )
    from numbered
)

select * from final
