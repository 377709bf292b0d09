-- A rejected event has an id by which it is shown and replayed, and keeps the facts that
-- only its arrival knew. The id of what was rejected before is made of the row itself, so
-- that it stays the same however often it is read.
alter table bronze.rejected_events
    add column if not exists rejection_id String default lower(hex(
        sipHash128(toString(source), message_id, event, toString(received_at), payload)
    ));
alter table bronze.rejected_events
    add column if not exists facts String default '';

-- Which rejected events have been stored as events since. Written after the event itself.
create table if not exists bronze.replays
(
    rejection_id String,
    source LowCardinality(String),
    message_id String,
    replayed_by String,
    _loaded_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by rejection_id
settings fsync_after_insert = 1, fsync_part_directory = 1;
