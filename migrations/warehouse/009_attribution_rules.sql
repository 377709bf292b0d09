-- The rules by which orders are credited to what led to them, one row a version. Credits
-- that were given stand; a new version gives others beside them.
create table if not exists bronze.attribution_rules
(
    attribution_version UInt16,
    lookback_days UInt16,
    half_life_days Decimal(9, 3),
    first_share Decimal(9, 6),
    last_share Decimal(9, 6),
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by attribution_version;

insert into bronze.attribution_rules
    (attribution_version, lookback_days, half_life_days, first_share, last_share)
select 1, 30, 7, 0.4, 0.4
where 1 not in (select attribution_version from bronze.attribution_rules);
