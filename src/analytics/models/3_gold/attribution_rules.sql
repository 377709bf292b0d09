select
    attribution_version,
    lookback_days,
    half_life_days,
    first_share,
    last_share,
    attribution_version = max(attribution_version) over () as is_in_force
from source('bronze.attribution_rules')
order by _loaded_at
limit 1 by attribution_version
