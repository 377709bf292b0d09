-- The entries of the publish log above a version, open, or of versions that were open;
-- how many there are in all; and where the models stand. One statement, so that all of it
-- is of one instant.
select
    count(*)::int as entries,
    coalesce(
        json_agg(json_build_array(model, partition, version, status)) filter (
            where version > $1::bigint
                or status = 'publishing'
                or version = any($2::bigint[])
        ),
        '[]'
    ) as changed,
    (
        select
            coalesce(
                json_agg(json_build_array(model, definition_hash, status, as_of)), '[]'
            )
        from model_states
    ) as states
from publish_log
