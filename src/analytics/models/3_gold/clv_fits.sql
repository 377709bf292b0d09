-- Customers who are alike to the models, as groups; those who repeat, with what they
-- spend; and the fits of earlier days, which stand as they are.
with purchases as (
    select * from ref('gold.clv_purchases')
),

today as (
    select max(as_of) as midnight from purchases
)

select
    'purchases' as part,
    as_of,
    currency,
    frequency,
    recency_days,
    age_days,
    held_out_days,
    toUInt32(0) as held_out_orders,
    count() as customers,
    toFloat64(0) as mean_spend,
    '' as standing
from purchases
group by as_of, currency, frequency, recency_days, age_days, held_out_days
union all
select
    'calibration' as part,
    as_of,
    currency,
    toUInt32(calibration_purchases - 1) as frequency,
    calibration_recency_days as recency_days,
    calibration_age_days as age_days,
    held_out_days,
    held_out_orders,
    count() as customers,
    toFloat64(0) as mean_spend,
    '' as standing
from purchases
where calibration_purchases > 0 and held_out_days >= 14
group by
    as_of, currency, frequency, recency_days, age_days, held_out_days, held_out_orders
union all
select
    'spend' as part,
    as_of,
    currency,
    frequency,
    recency_days,
    age_days,
    held_out_days,
    toUInt32(0) as held_out_orders,
    toUInt64(1) as customers,
    toFloat64(repeat_revenue) / frequency as mean_spend,
    '' as standing
from purchases
where frequency > 0 and repeat_revenue > 0
union all
select
    'standing' as part,
    as_of,
    currency,
    toUInt32(0) as frequency,
    toUInt32(0) as recency_days,
    toUInt32(0) as age_days,
    toUInt32(0) as held_out_days,
    toUInt32(0) as held_out_orders,
    toUInt64(0) as customers,
    toFloat64(0) as mean_spend,
    toJSONString(cast(
        tuple(
            toString(fits.as_of), fits.currency, fits.status, fits.customers,
            fits.repeat_customers, fits.r, fits.alpha, fits.a, fits.b,
            fits.log_likelihood, fits.p, fits.q, fits.v, fits.spend_log_likelihood,
            fits.held_out_days, fits.calibration_customers, fits.predicted_orders,
            fits.actual_orders, fits.mean_absolute_error
        ),
        'Tuple(as_of String, currency String, status String, customers UInt32,
         repeat_customers UInt32, r Nullable(Float64), alpha Nullable(Float64),
         a Nullable(Float64), b Nullable(Float64), log_likelihood Nullable(Float64),
         p Nullable(Float64), q Nullable(Float64), v Nullable(Float64),
         spend_log_likelihood Nullable(Float64), held_out_days Nullable(UInt32),
         calibration_customers Nullable(UInt32), predicted_orders Nullable(Float64),
         actual_orders Nullable(UInt32), mean_absolute_error Nullable(Float64))'
    )) as standing
from this() as fits
where as_of < (select midnight from today)
  and as_of >= (select midnight from today) - interval 800 day
