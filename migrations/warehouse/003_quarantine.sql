-- Rows that failed a row check: kept whole as JSON, away from what is published.
create table if not exists operations.quarantined_rows
(
    model LowCardinality(String),
    check_name LowCardinality(String),
    row_key String,
    run_id UUID,
    row String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = ReplacingMergeTree(_loaded_at)
partition by toYYYYMM(_loaded_at)
order by (model, check_name, row_key);
