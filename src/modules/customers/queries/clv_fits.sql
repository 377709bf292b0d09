-- The fits made on days of the range, and the latest, newest first.
select
    toString(as_of) as as_of, status, customers, repeat_customers, r, alpha, a, b,
    log_likelihood, p, q, v, spend_log_likelihood, held_out_days, calibration_customers,
    predicted_orders, actual_orders, mean_absolute_error
from gold.clv_fits as fits
where currency = {currency:String}
  and (
    fits.as_of >= {from:DateTime64(3, 'UTC')} and fits.as_of < {to:DateTime64(3, 'UTC')}
    or fits.as_of = (
        select max(latest.as_of) from gold.clv_fits as latest
        where currency = {currency:String}
    )
  )
order by fits.as_of desc
limit 1000
