-- What each source other than tracked events says of an order as it stands: who, when,
-- lines and amounts from its order and line records; the steps of its life from what
-- their versions said. A line's amount given back is a total; what it grew by is a
-- refund of the day it grew. An order is cancelled when all its lines are; of a line
-- cancelled alone, its value is given back. Lines that come to 1e12 or more cannot be
-- stored; a gross of -1 stands for them, which is quarantined.
with latest as (
    select
        entity, origin, source, record_id, order_id, customer_id, product_id, version_at,
        sequence, is_deleted, history,
        JSONHas(payload, 'status') as states_status,
        JSONHas(payload, 'refunded_amount') as states_amount,
        JSONExtract(
            payload,
            'Tuple(
                placed_at Nullable(String), currency String, country String,
                sku String, name String, category String, brand String,
                quantity Nullable(Decimal(18, 6)), unit_price Nullable(Decimal(18, 6)),
                subtotal Nullable(Decimal(18, 6)), total Nullable(Decimal(18, 6)),
                discount Nullable(Decimal(18, 6)), tax Nullable(Decimal(18, 6)),
                shipping Nullable(Decimal(18, 6)), amount Nullable(Decimal(18, 6)),
                is_test Bool, refund_id String, refunded_at Nullable(String))'
        ) as doc,
        entity = 'order_lines' and not is_deleted as is_line,
        entity = 'orders' and not is_deleted as is_header
    from ref('silver.records')
    where order_id in dirty_keys() and entity in ('orders', 'order_lines', 'refunds')
),

valued as (
    select
        *,
        parseDateTime64BestEffortOrNull(doc.placed_at, 3, 'UTC') as placed_at,
        toDecimal128(
            round(
                toDecimal128(ifNull(doc.quantity, 0), 6) * ifNull(doc.unit_price, 0), 6
            ),
            6
        ) as line_gross,
        line_gross - ifNull(doc.discount, 0) as line_goods,
        ifNull(doc.tax, 0) as own_tax,
        ifNull(doc.shipping, 0) as own_shipping
    from latest
),

priced as (
    select
        *,
        sumIf(line_gross, is_line) over statement as lines_gross,
        sumIf(ifNull(doc.discount, 0), is_line) over statement as lines_discount,
        sumIf(own_tax, is_line) over statement as lines_tax,
        sumIf(own_shipping, is_line) over statement as lines_shipping,
        coalesce(
            if(
                countIf(is_line) over statement > 0,
                lines_gross - ifNull(doc.discount, lines_discount),
                null
            ),
            doc.subtotal,
            doc.total - own_tax - own_shipping,
            0
        ) as header_goods,
        if(
            is_line,
            line_goods + own_tax + own_shipping,
            header_goods + ifNull(doc.tax, lines_tax)
                + ifNull(doc.shipping, lines_shipping)
        ) as exact_worth,
        if(abs(exact_worth) < 1e12, exact_worth, 0) as worth,
        arrayMap(
            step -> ifNull(
                step.refunded_amount::Nullable(Decimal(38, 6)),
                if(step.status = 'refunded', worth, toDecimal128(0, 6))
            ),
            history
        ) as given_back,
        arrayMap(step -> toInt8(step.status = 'cancelled'), history) as cancelled
    from valued
    window statement as (partition by order_id, origin, source)
),

steps as (
    select
        *,
        arrayFilter(
            refund -> refund.3 != 0,
            arrayMap(
                (step, amount, before, place) -> (
                    concat(record_id, '#', toString(place)),
                    ifNull(step.refunded_at, step.changed_at),
                    amount - before
                ),
                history,
                given_back,
                arrayPopBack(arrayPushFront(given_back, toDecimal128(0, 6))),
                arrayEnumerate(history)
            )
        ) as own_refunds,
        arrayFilter(
            change -> change.2 != 0,
            arrayMap(
                (step, is_now, was, place) -> (
                    step.changed_at,
                    toInt8(is_now - was),
                    concat(record_id, '#', toString(place), ' cancelled'),
                    worth - if(empty(given_back), toDecimal128(0, 6), given_back[-1])
                ),
                history,
                cancelled,
                arrayPopBack(arrayPushFront(cancelled, toInt8(0))),
                arrayEnumerate(history)
            )
        ) as own_changes
    from priced
),

gathered as (
    select
        order_id,
        origin,
        source,
        max(steps.version_at) as version_at,
        countIf(entity != 'refunds') > 0 as is_order,
        is_order and countIf(is_line or is_header) = 0 as is_deleted,
        minIf(steps.placed_at, is_line) as lines_placed_at,
        maxIf(doc.is_test, is_line or is_header) as is_test,
        arraySort(
            entry -> entry.1,
            groupArrayIf(
                (
                    (steps.placed_at, length(record_id), record_id),
                    (
                        steps.product_id, doc.sku, doc.name, doc.category, doc.brand,
                        ifNull(doc.quantity, 0), ifNull(doc.unit_price, 0)
                    ),
                    steps.customer_id,
                    doc.currency,
                    doc.country
                ),
                is_line
            )
        ) as entries,
        arrayMap(entry -> entry.2, entries) as lines,
        arrayFirst(customer -> customer != '', entries.3) as lines_customer_id,
        arrayFirst(currency -> currency != '', entries.4) as lines_currency,
        arrayFirst(country -> country != '', entries.5) as lines_country,
        sumIf(line_gross, is_line) as lines_gross,
        sumIf(doc.discount, is_line) as lines_discount,
        sumIf(doc.tax, is_line) as lines_tax,
        sumIf(doc.shipping, is_line) as lines_shipping,
        countIf(is_line) as line_count,
        countIf(is_line and doc.discount is not null) > 0 as has_discount,
        countIf(is_line and doc.tax is not null) > 0 as has_tax,
        countIf(is_line and doc.shipping is not null) > 0 as has_shipping,
        arraySort(groupArrayArrayIf(own_refunds, is_line)) as line_refunds,
        arraySort(groupArrayArrayIf(own_changes, is_line)) as line_changes,
        arraySort(groupUniqArrayIf(history[-1].status, is_line and notEmpty(history)))
            as line_statuses,
        countIf(is_line and steps.states_status) > 0 as lines_state_status,
        countIf(
            states_amount and (is_line or is_header)
            or entity = 'refunds' and not steps.is_deleted
        ) > 0 as states_refunds,
        arraySort(
            groupArrayIf(
                (
                    coalesce(nullIf(doc.refund_id, ''), record_id),
                    assumeNotNull(
                        parseDateTime64BestEffortOrNull(doc.refunded_at, 3, 'UTC')
                    ),
                    toDecimal128(ifNull(doc.amount, 0), 6),
                    doc.tax,
                    doc.shipping,
                    steps.customer_id,
                    doc.country,
                    doc.currency,
                    doc.is_test
                ),
                entity = 'refunds' and not steps.is_deleted
            )
        ) as refund_records,
        -- The newest is the first of them.
        arraySort(
            entry -> entry.1,
            groupArrayIf(
                (
                    (
                        -toUnixTimestamp64Milli(steps.version_at),
                        bitNot(sequence),
                        record_id
                    ),
                    steps.placed_at,
                    steps.customer_id,
                    doc,
                    steps.states_status,
                    states_amount,
                    own_refunds,
                    own_changes,
                    history
                ),
                is_header
            )
        ) as headers
    from steps
    group by order_id, origin, source
),

headed as (
    select
        * except (headers),
        notEmpty(headers) as has_header,
        headers[1] as header,
        header.2 as header_placed_at,
        header.3 as header_customer_id,
        header.4 as header_doc,
        header_doc.currency as header_currency,
        header_doc.country as header_country,
        header_doc.subtotal as subtotal,
        header_doc.total as total,
        header_doc.discount as header_discount,
        header_doc.tax as header_tax,
        header_doc.shipping as header_shipping,
        header.5 as header_states_status,
        header.6 as header_states_refunds,
        header.7 as header_refunds,
        header.8 as header_changes,
        header.9 as header_history
    from gathered
),

cancelling as (
    select
        *,
        if(header_states_status, header_changes, line_changes) as changes,
        if(header_states_status, 1, line_count) as parts,
        arrayMap(
            at -> (
                at,
                arraySum(change -> if(change.1 <= at, change.2, 0), changes) = parts,
                arraySum(change -> if(change.1 < at, change.2, 0), changes) = parts
            ),
            arraySort(arrayDistinct(arrayMap(change -> change.1, changes)))
        ) as moments,
        arrayMap(moment -> moment.1, arrayFilter(moment -> moment.2 or moment.3, moments))
            as whole_at
    from headed
)

select
    order_id,
    origin,
    source,
    version_at,
    transform(origin, ['shop_database', 'file', 'webhook'], [1, 2, 3], 4)::UInt8
        as precedence,
    is_order,
    is_deleted,
    if(has_header, header_placed_at, lines_placed_at) as placed_at,
    coalesce(nullIf(header_customer_id, ''), lines_customer_id, '') as customer_id,
    coalesce(nullIf(header_currency, ''), lines_currency, '') as currency,
    coalesce(nullIf(header_country, ''), lines_country, '') as country,
    ifNull(is_test, 0) as is_test,
    multiIf(
        header_states_status, header_history[-1].status,
        length(line_statuses) = 1, line_statuses[1],
        has(line_statuses, 'pending'), 'pending',
        has(line_statuses, 'paid'), 'paid',
        empty(line_statuses), '',
        'refunded'
    ) as status,
    lines,
    if(
        line_count > 0,
        if(abs(lines_gross) < 1e12, lines_gross, -1),
        coalesce(subtotal, total - ifNull(header_tax, 0) - ifNull(header_shipping, 0))
            + ifNull(header_discount, 0)
    ) as gross,
    coalesce(header_discount, if(has_discount, lines_discount, null)) as discount,
    coalesce(header_tax, if(has_tax, lines_tax, null)) as tax,
    coalesce(header_shipping, if(has_shipping, lines_shipping, null)) as shipping,
    header_states_status or lines_state_status as states_status,
    states_refunds,
    arrayMap(
        moment -> (moment.1, moment.2),
        arrayFilter(moment -> moment.2 != moment.3, moments)
    ) as cancellations,
    arrayConcat(
        refund_records,
        arrayMap(
            refund -> (
                refund.1, refund.2, refund.3, null, null,
                customer_id, country, currency, is_test
            ),
            if(header_states_refunds, header_refunds, line_refunds)
        ),
        arrayMap(
            change -> (
                change.3, change.1, change.4 * change.2, null, null,
                customer_id, country, currency, is_test
            ),
            arrayFilter(
                change -> not has(whole_at, change.1) and change.4 != 0,
                if(header_states_status, [], changes)
            )
        )
    ) as refunds
from cancelling
