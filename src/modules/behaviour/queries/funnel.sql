-- How far visitors got through a funnel, by step. Each event carries as bits the steps
-- that it fits. A fold over a visitor's events keeps when the latest way to each step
-- within the window began; the furthest counts. Loosely, only the order matters;
-- strictly, an event of another step ends a way, one of the step just reached does not.
with by_name as (
    select
        visitor_id,
        occurred_at,
        transform(
            if(event != '', event, call),
            {names:Array(String)}, {bits:Array(UInt32)}, toUInt32(0)
        ) as fitting
    from gold.fct_events
    where not is_bot
      and if(event != '', event, call) in {names:Array(String)}
      and occurred_at >= {entered_from:DateTime64(3, 'UTC')}
      and occurred_at < {until:DateTime64(3, 'UTC')}
),

by_property as (
    select
        visitor_id,
        occurred_at,
        transform(
            if(event != '', event, call),
            {names:Array(String)}, {bits:Array(UInt32)}, toUInt32(0)
        ) as named,
        arrayMap(
            (bit, property, allowed) -> if(
                has(
                    JSONExtract(allowed, 'Array(String)'),
                    if(
                        property = 'path' and page_path != '',
                        page_path,
                        JSONExtract(properties, property, 'String')
                    )
                ),
                0, bit
            ),
            {filter_bits:Array(UInt32)},
            {filter_properties:Array(String)},
            {filter_values:Array(String)}
        ) as unfitting,
        bitAnd(named, bitNot(toUInt32(arrayReduce('groupBitOr', unfitting)))) as fitting
    from gold.fct_events
    where not is_bot
      and if(event != '', event, call) in {names:Array(String)}
      and occurred_at >= {entered_from:DateTime64(3, 'UTC')}
      and occurred_at < {until:DateTime64(3, 'UTC')}
),

-- After the range nobody enters: what fits the first step is then marked by bit 15.
events as (
    select
        visitor_id,
        toUnixTimestamp64Milli(occurred_at) as at,
        if(
            occurred_at < {to:DateTime64(3, 'UTC')} or not bitTest(fitting, 0),
            fitting,
            toUInt32(bitOr(bitAnd(fitting, bitNot(1)), bitShiftLeft(1::UInt32, 15)))
        ) as steps
    from fitting_events()
),

-- Of views in a row that fit the first step alone the last is enough.
histories as (
    select
        visitor_id,
        groupBitOr(steps) as all_steps,
        minIf(at, bitTest(steps, 0)) as first_at,
        arraySort(groupArray((at, steps))) as moments,
        if(
            bitTest(all_steps, 1),
            arrayFilter(
                (moment, next) -> not (moment.2 = 1 and next.2 = 1),
                moments,
                arrayPushBack(arrayPopFront(moments), (0, 0))
            ),
            []
        ) as history
    from events
    where steps != 0
    group by visitor_id
    having bitTest(all_steps, 0)
),

-- When the latest way to each step began, 0 where there is none.
loosely as (
    select
        first_at,
        history,
        visitor_id,
        arrayFold(
            (starts, moment) -> arrayMap(
                (start, start_before, step) -> multiIf(
                    not bitTest(moment.2, toUInt8(step - 1)), start,
                    step = 1, moment.1,
                    start_before != 0 and moment.1 <= start_before + {window_ms:Int64},
                        start_before,
                    start
                ),
                starts,
                arrayPushFront(arrayPopBack(starts), 0),
                arrayEnumerate(starts)
            ),
            history,
            arrayMap(step -> toInt64(0), range({step_count:UInt8}))
        ) as starts,
        arrayCount(start -> start != 0, starts) as reached,
        if(reached = 0, first_at, starts[reached]) as started_at
    from histories
),

-- The same of the ways that may go on, and the longest so far with its start.
strictly as (
    select
        first_at,
        history,
        visitor_id,
        arrayFold(
            (so_far, moment) -> (
                arrayMap(
                    (start, start_before, step) -> multiIf(
                        step = 1 and bitTest(moment.2, 15), start,
                        not bitTest(moment.2, toUInt8(step - 1)), 0,
                        step = 1, moment.1,
                        start_before != 0
                            and moment.1 <= start_before + {window_ms:Int64},
                            start_before,
                        start
                    ),
                    so_far.1,
                    arrayPushFront(arrayPopBack(so_far.1), 0),
                    arrayEnumerate(so_far.1)
                ) as starts,
                greatest(
                    so_far.2,
                    toUInt8(arrayLastIndex(start -> start != 0, starts) as longest)
                ),
                if(longest > so_far.2, starts[longest], so_far.3)
            ),
            history,
            (
                arrayMap(step -> toInt64(0), range({step_count:UInt8})),
                toUInt8(0),
                toInt64(0)
            )
        ) as folded,
        folded.2 as reached,
        if(reached = 0, first_at, folded.3) as started_at
    from histories
),

-- From there each step's moment is the first that fits after that of the step before.
furthest as (
    select
        visitor_id,
        started_at,
        if(
            reached < 2,
            [],
            arrayFold(
                (places, step) -> arrayPushBack(
                    places,
                    arrayFirstIndex(
                        (moment, place) -> place > places[-1]
                            and bitTest(moment.2, toUInt8(step - 1)),
                        history,
                        arrayEnumerate(history)
                    )
                ),
                range(2, reached + 1),
                [
                    arrayFirstIndex(
                        moment -> moment.1 = started_at and bitTest(moment.2, 0), history
                    )
                ]
            )
        ) as places,
        if(
            empty(places),
            [started_at],
            arrayMap(place -> history[place].1, places)
        ) as way
    from ways_found()
),

entries as (
    select
        visitor_id,
        fromUnixTimestamp64Milli(way[1], 'UTC') as entered_at,
        way
    from furthest
),

sessions as (
    select visitor_id, started_at, ended_at, toString(by_dimension()) as dimension
    from sessions() as m
),

entries_of_sessions as (
    select dimension, way
    from entries
    asof join sessions
        on sessions.visitor_id = entries.visitor_id
        and sessions.started_at <= entries.entered_at
    where sessions.ended_at >= entries.entered_at
),

entries_of_all as (
    select 'all' as dimension, way
    from entries
),

moments as (
    select
        dimension as key,
        arrayJoin(arrayEnumerate(way)) as step,
        if(step = 1, null, way[step] - way[step - 1]) as since_step_before_ms
    from entries_found()
)

select
    key,
    step,
    count() as visitors,
    quantileExact(0.5)(since_step_before_ms) / 1000 as median_seconds,
    quantileExact(0.9)(since_step_before_ms) / 1000 as p90_seconds
from moments
group by key, step
order by max(if(step = 1, visitors, 0)) over (partition by key) desc, key, step
