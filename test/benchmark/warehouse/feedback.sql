-- Feedback as a file brings it: of ten one is a ticket and one a survey, the others reviews.
insert into bronze.records
    (origin, source, entity, record_id, version_at, sequence, is_deleted, content_hash, payload,
     load_id)
select
    'file',
    'bench',
    'feedback',
    toString({first:UInt64} + number) as id,
    now64(3, 'UTC'),
    number,
    false,
    lower(hex(sipHash128(id))),
    toJSONString(map(
        'kind', multiIf(number % 10 = 0, 'ticket', number % 10 = 1, 'survey', 'review'),
        'product_id', concat('p', toString(cityHash64(id) % 500)),
        'category', concat('c', toString(cityHash64(id) % 20)),
        'rating', toString(1 + cityHash64(id, 1) % 5),
        'text', arrayStringConcat(
            arrayMap(
                place -> ({sentences:Array(String)})[
                    1 + cityHash64(id, place) % length({sentences:Array(String)})
                ],
                range(3)
            ),
            ' '
        ),
        'channel', ['email', 'phone', 'chat', 'shop'][1 + cityHash64(id, 2) % 4],
        'created_at', formatDateTime(came_at, '%Y-%m-%dT%H:%i:%S.000Z'),
        'first_response_at', formatDateTime(came_at + 3600, '%Y-%m-%dT%H:%i:%S.000Z'),
        'resolved_at', formatDateTime(came_at + 86400, '%Y-%m-%dT%H:%i:%S.000Z')
    )),
    'bench'
from (
    select
        number,
        toDateTime({from:String}, 'UTC')
            + cityHash64({first:UInt64} + number, 'at') % {seconds:UInt64} as came_at
    from numbers({rows:UInt64})
)
