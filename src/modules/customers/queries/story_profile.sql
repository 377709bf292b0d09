-- The customer, who may be known by an order alone.
select
    any(customer_id) as id,
    any(profiles.country) as country,
    any(profiles.language) as language,
    any(profiles.plan) as plan,
    any(profiles.first_seen_at) as first_seen_at,
    any(profiles.last_seen_at) as last_seen_at
from gold.customer_profiles as profiles
where customer_id = {customer:String}
having count() > 0
