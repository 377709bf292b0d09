-- Purchase histories with the fit of the same midnight and currency.
with fits as (
    select * from ref('gold.clv_fits')
)

select
    purchases.as_of as as_of,
    customer_id,
    purchases.currency as currency,
    frequency,
    recency_days,
    age_days,
    if(frequency = 0, 0, toFloat64(repeat_revenue) / frequency) as mean_spend,
    ifNull(fits.status, 'not_converged') as status,
    fits.r as r,
    fits.alpha as alpha,
    fits.a as a,
    fits.b as b,
    fits.p as p,
    fits.q as q,
    fits.v as v
from ref('gold.clv_purchases') as purchases
left join fits
    on fits.as_of = purchases.as_of and fits.currency = purchases.currency
