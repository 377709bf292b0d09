-- Rows of the shop's database and of files as mapped, after privacy: each version that
-- was read, the same one not twice. Ordered by record, since each read looks its records
-- up; what is new is found by _loaded_at within the month's partition.
create table if not exists bronze.records
(
    origin LowCardinality(String),
    source LowCardinality(String),
    entity LowCardinality(String),
    record_id String,
    source_key String,
    version_at DateTime64(3, 'UTC'),
    sequence UInt64,
    is_deleted Bool,
    content_hash String,
    payload String,
    load_id String,
    _loaded_at DateTime64(3, 'UTC') default now64(3),
    index loaded_at_minmax _loaded_at type minmax granularity 1
)
engine = MergeTree
partition by toYYYYMM(_loaded_at)
order by (origin, source, entity, record_id, version_at, sequence)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- Up to when a source has been read: what it says of all before `read_through` stands in
-- bronze.records. A pass goes from the end of the one before.
create table if not exists bronze.reads
(
    origin LowCardinality(String),
    source LowCardinality(String),
    read_after DateTime64(3, 'UTC'),
    read_through DateTime64(3, 'UTC'),
    load_id String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
partition by toYYYYMM(_loaded_at)
order by (origin, source, read_through)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- The keys that a table of the shop's database holds, while they are compared with the
-- records that stand.
create table if not exists operations.source_keys
(
    load_id String,
    source_key String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
partition by load_id
order by source_key;
