-- What a unit of each currency was worth in the reporting currency: as stated, else the
-- inverse of what is stated, else by way of a third currency, whose code is the first in
-- the alphabet of those that give one. This is the only place where a rate is derived. A
-- rate is a numerator over a denominator until the one division.
with rates as materialized (
    select date, base, quote, rate from ref('silver.fx_rates')
    where date in dirty_keys() and base != quote
),

ways as (
    select
        date, toString(base) as currency, toString(quote) as target,
        toDecimal256(assumeNotNull(rate), 12) as numerator,
        toDecimal256(1, 12) as denominator, 1 as rank
    from rates
    union all
    select
        date, toString(quote), toString(base),
        toDecimal256(1, 12), toDecimal256(assumeNotNull(rate), 12), 2
    from rates
),

candidates as (
    select
        date, currency, '' as through, rank,
        toDecimal256(numerator, 24) as numerator,
        toDecimal256(denominator, 24) as denominator
    from ways
    where target = reporting_currency()
    union all
    select
        near.date, near.currency, near.target, 3,
        near.numerator * far.numerator,
        near.denominator * far.denominator
    from ways as near
    inner join ways as far on far.date = near.date and far.currency = near.target
    where far.target = reporting_currency()
      and near.currency != reporting_currency()
)

select
    date,
    currency,
    toDecimal128(round(numerator / denominator, 18), 18) as rate,
    through
from candidates
order by rank, through, numerator / denominator
limit 1 by date, currency
