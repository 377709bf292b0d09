-- What the models of lifetime value are fitted to, as of the midnight with which the day
-- began: a purchase is a day with orders. Days are counted back from that midnight. The
-- last third of the shop's days, at most 182, is held out: what a fit on the time before
-- foretells of it is compared with what came.
with purchase_days as (
    select
        customer_id,
        currency,
        toUInt32(ceil(
            dateDiff('millisecond', placed_at, {as_of:DateTime64(3, 'UTC')}) / 86400000
        )) as days_ago,
        sum(revenue) as spend
    from ref('gold.customer_orders')
    where placed_at < {as_of:DateTime64(3, 'UTC')}
    group by customer_id, currency, days_ago
),

spans as (
    select currency, least(182, intDiv(max(days_ago), 3)) as held_out_days
    from purchase_days
    group by currency
)

select
    {as_of:DateTime64(3, 'UTC')} as as_of,
    customer_id,
    purchase_days.currency as currency,
    count() - 1 as frequency,
    max(days_ago) - min(days_ago) as recency_days,
    max(days_ago) as age_days,
    sum(spend) - argMax(spend, days_ago) as repeat_revenue,
    any(spans.held_out_days) as held_out_days,
    countIf(days_ago > spans.held_out_days) as calibration_purchases,
    if(
        calibration_purchases = 0, 0,
        max(days_ago) - minIf(days_ago, days_ago > spans.held_out_days)
    ) as calibration_recency_days,
    if(calibration_purchases = 0, 0, max(days_ago) - any(spans.held_out_days))
        as calibration_age_days,
    count() - calibration_purchases as held_out_orders
from purchase_days
inner join spans on spans.currency = purchase_days.currency
group by customer_id, purchase_days.currency
