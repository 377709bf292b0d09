-- Recency, frequency and monetary value of each customer as of the day's midnight, as
-- quintiles among the customers of the currency, and the segment that they give. The
-- quintile of rank k of n is 1 + floor(5 (k - 1) / n), where equal values share the
-- lowest rank; with fewer than five customers there is nothing to divide.
with ranked as (
    select
        customer_id,
        currency,
        greatest(
            toInt64(ceil(
                dateDiff('millisecond', last_order_at, {as_of:DateTime64(3, 'UTC')})
                    / 86400000
            )),
            0
        ) as recency_days,
        value.orders as frequency,
        net_revenue as monetary,
        count() over (partition by currency) as customers,
        rank() over (partition by currency order by recency_days desc) as recency_rank,
        rank() over (partition by currency order by value.orders) as frequency_rank,
        rank() over (partition by currency order by net_revenue) as monetary_rank
    from ref('gold.customer_value') as value
),

scored as (
    select
        *,
        if(customers < 5, null, 1 + intDiv(5 * (recency_rank - 1), customers)) as r,
        if(customers < 5, null, 1 + intDiv(5 * (frequency_rank - 1), customers)) as f,
        if(customers < 5, null, 1 + intDiv(5 * (monetary_rank - 1), customers)) as m,
        intDiv(f + m + 1, 2) as fm
    from ranked
)

select
    customer_id,
    currency,
    recency_days,
    frequency,
    monetary,
    r as recency_score,
    f as frequency_score,
    m as monetary_score,
    multiIf(
        customers < 5, 'unsegmented',
        r = 5, ['new', 'potential_loyalist', 'potential_loyalist', 'champions',
            'champions'][assumeNotNull(fm)],
        r = 4, ['promising', 'potential_loyalist', 'loyal', 'loyal',
            'champions'][assumeNotNull(fm)],
        r = 3, ['about_to_sleep', 'needs_attention', 'needs_attention', 'loyal',
            'loyal'][assumeNotNull(fm)],
        r = 2, ['hibernating', 'hibernating', 'at_risk', 'at_risk',
            'at_risk'][assumeNotNull(fm)],
        ['lost', 'lost', 'at_risk', 'cannot_lose', 'cannot_lose'][assumeNotNull(fm)]
    ) as segment
from scored
