-- Names and JSON types of the properties in a sample of what arrived in the range, the
-- newest of each source and event; never a value. The empty name counts the events.
with
    arrayZip(
        {sources:Array(String)}, {calls:Array(String)}, {events:Array(String)}
    ) as kinds,

    accepted as (
        select source, call, event, payload
        from bronze.events
        where (_loaded_at, source, message_id) in (
            select _loaded_at, source, message_id
            from bronze.events
            where ({source:String} = '' or source = {source:String})
              and received_at >= {from:DateTime64(3, 'UTC')}
              and received_at < {to:DateTime64(3, 'UTC')}
              and _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
              and (toString(source), toString(call), toString(event)) in kinds
            order by _loaded_at desc
            limit {sample:UInt32} by source, call, event
        )
        limit {sample:UInt32} by source, call, event
    ),

    rejected as (
        select
            source,
            JSONExtractString(payload, 'type') as call,
            if(event = call, '', event) as event,
            payload
        from bronze.rejected_events
        where ({source:String} = '' or source = {source:String})
          and received_at >= {from:DateTime64(3, 'UTC')}
          and received_at < {to:DateTime64(3, 'UTC')}
          and _loaded_at >= {loaded_from:DateTime64(3, 'UTC')}
          and rejection_id not in (select rejection_id from bronze.replays)
          and length(payload) <= {payload_bytes:UInt32}
          and (toString(source), call, event) in kinds
        order by _loaded_at desc
        limit {sample:UInt32} by source, call, event
    ),

    sampled as (
        select source, call, event, payload from accepted
        union all
        select source, call, event, payload from rejected
    ),

    opened as (
        select
            source,
            call,
            event,
            JSONExtractKeysAndValuesRaw(payload, 'properties') as members,
            arrayFlatten(arrayMap(
                member -> multiIf(
                    startsWith(member.2, '{'),
                    arrayMap(
                        inner -> (concat(member.1, '.', inner.1), inner.2),
                        JSONExtractKeysAndValuesRaw(member.2)
                    ),
                    startsWith(member.2, '['),
                    arrayFlatten(arrayMap(
                        item -> arrayMap(
                            inner -> (concat(member.1, '[].', inner.1), inner.2),
                            JSONExtractKeysAndValuesRaw(item)
                        ),
                        arraySlice(JSONExtractArrayRaw(member.2), 1, {items:UInt32})
                    )),
                    []
                ),
                members
            )) as inner_members
        from sampled
    ),

    typed as (
        select
            source,
            call,
            event,
            arrayJoin(arrayConcat([('', '')], arrayDistinct(arrayMap(
                member -> (
                    substringUTF8(member.1, 1, {name_characters:UInt32}),
                    multiIf(
                        startsWith(member.2, '"'), 'string',
                        startsWith(member.2, '{'), 'object',
                        startsWith(member.2, '['), 'array',
                        member.2 in ('true', 'false'), 'boolean',
                        member.2 = 'null', 'null',
                        match(member.2, '^-?[0-9]+$'), 'integer',
                        'number'
                    )
                ),
                arraySlice(arrayConcat(members, inner_members), 1, {members:UInt32})
            )))) as property
        from opened
    )

select
    source,
    call,
    event,
    property.1 as name,
    property.2 as type,
    count() as events
from typed
group by source, call, event, name, type
order by property.2 = '' desc, events desc, name, type
limit {names:UInt32} by source, call, event
limit {rows:UInt32}
