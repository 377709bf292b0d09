-- The steps of feedback with the segment of who gave it, in the currency of his orders;
-- without a currency who has none. Columns are those of gold.sentiment_15m.
with segments as (
    select customer_id, currency, segment from ref('gold.customer_segments')
)

select
    steps.at as bucket_at,
    ifNull(segments.currency, '') as currency,
    ifNull(segments.segment, 'none') as segment,
    source,
    kind,
    channel,
    product_id,
    category,
    label,
    language,
    status,
    ifNull(toString(steps.rating), 'none') as rating,
    topics,
    product_name,
    toUInt64(if(step = 'came', 1, 0)) as feedback,
    toUInt64(step = 'came' and has_text) as texts,
    toUInt64(step = 'came' and steps.compound is not null) as scored,
    toUInt64(step = 'came' and steps.label = 'positive') as positive,
    toUInt64(step = 'came' and steps.label = 'neutral') as neutral,
    toUInt64(step = 'came' and steps.label = 'negative') as negative,
    if(step = 'came', ifNull(steps.compound, 0), 0) as compound,
    toUInt64(
        step = 'came' and steps.rating is not null and not is_recommendation
    ) as ratings,
    if(step = 'came' and not is_recommendation, ifNull(steps.rating, 0), 0)
        as rating_sum,
    toUInt64(
        step = 'came' and steps.rating is not null and not is_recommendation
            and steps.kind in ('ticket', 'survey')
    ) as answers,
    toUInt64(
        step = 'came' and ifNull(steps.rating >= 4, false) and not is_recommendation
            and steps.kind in ('ticket', 'survey')
    ) as satisfied,
    toUInt64(
        step = 'came' and steps.rating is not null and is_recommendation
    ) as recommendations,
    toUInt64(
        step = 'came' and ifNull(steps.rating >= 9, false) and is_recommendation
    ) as promoters,
    toUInt64(
        step = 'came' and ifNull(steps.rating <= 6, false) and is_recommendation
    ) as detractors,
    toUInt64(step = 'came' and steps.kind = 'ticket') as opened,
    toUInt64(if(step = 'answered', 1, 0)) as answered,
    toUInt64(if(step = 'resolved', 1, 0)) as resolved,
    if(
        steps.response_seconds is null, [], [assumeNotNull(steps.response_seconds)]
    )::Array(UInt32) as response_seconds,
    if(
        steps.resolution_seconds is null, [], [assumeNotNull(steps.resolution_seconds)]
    )::Array(UInt32) as resolution_seconds
from ref('silver.feedback_steps') as steps
left join segments on segments.customer_id = steps.customer_id
