-- Events as received after privacy, beside the typed columns that the collector made.
-- Every insert is fsynced, since an acknowledgement promises that the event is durable.
create table if not exists bronze.events
(
    source LowCardinality(String),
    message_id String,
    call LowCardinality(String),
    event LowCardinality(String),
    contract_version UInt16,
    anonymous_id String,
    user_id String,
    occurred_at DateTime64(3, 'UTC'),
    original_date Date,
    has_client_timestamp Bool,
    received_at DateTime64(3, 'UTC'),
    country LowCardinality(String),
    device_type LowCardinality(String),
    os LowCardinality(String),
    browser LowCardinality(String),
    channel LowCardinality(String),
    page_path String,
    referrer_host String,
    utm_source String,
    utm_medium String,
    utm_campaign String,
    utm_term String,
    utm_content String,
    currency LowCardinality(String),
    payload String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
partition by toYYYYMM(_loaded_at)
order by (_loaded_at, source, message_id)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- Events that broke their contract or that the engine refused, whole, with the reasons.
create table if not exists bronze.rejected_events
(
    source LowCardinality(String),
    message_id String,
    event String,
    received_at DateTime64(3, 'UTC'),
    contract LowCardinality(String),
    reasons String,
    payload String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
partition by toYYYYMM(_loaded_at)
order by (_loaded_at, source, message_id)
settings fsync_after_insert = 1, fsync_part_directory = 1;
