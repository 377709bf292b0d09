-- The visitors who were the customer, and from when until when.
with own as (
    select visitor_id from gold.fct_identities
    where customer_id = {customer:String}
),

turns as (
    select
        visitor_id,
        customer_id,
        valid_from,
        leadInFrame(valid_from, 1, toDateTime64('2200-01-01', 3, 'UTC')) over (
            partition by visitor_id order by valid_from
            rows between unbounded preceding and unbounded following
        ) as valid_until
    from gold.fct_identities
    where visitor_id in (select visitor_id from own)
)

select visitor_id, valid_from, valid_until
from turns
where customer_id = {customer:String}
order by valid_until desc, visitor_id
limit 1000
