-- Some of the rows for which a check of a whole stage failed, so that whoever is to
-- decide over a held model can look at them. They are not published.
create table if not exists operations.failing_rows
(
    model LowCardinality(String),
    check_name LowCardinality(String),
    run_id UUID,
    row String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
partition by toYYYYMM(_loaded_at)
order by (model, check_name, run_id);
