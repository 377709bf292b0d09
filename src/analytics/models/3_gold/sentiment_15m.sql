-- Feedback and tickets in quarters of an hour: feedback on the day it came, first answers
-- and resolutions each on their own.
select
    toStartOfFifteenMinutes(at) as bucket_at,
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
    argMax(steps.product_name, (steps.product_name != '', at, feedback_id))
        as product_name,
    countIf(step = 'came') as feedback,
    countIf(step = 'came' and has_text) as texts,
    countIf(step = 'came' and steps.compound is not null) as scored,
    countIf(step = 'came' and steps.label = 'positive') as positive,
    countIf(step = 'came' and steps.label = 'neutral') as neutral,
    countIf(step = 'came' and steps.label = 'negative') as negative,
    sumIf(ifNull(steps.compound, 0), step = 'came') as compound,
    countIf(
        step = 'came' and steps.rating is not null and not is_recommendation
    ) as ratings,
    sumIf(ifNull(steps.rating, 0), step = 'came' and not is_recommendation)
        as rating_sum,
    countIf(
        step = 'came' and steps.rating is not null and not is_recommendation
            and steps.kind in ('ticket', 'survey')
    ) as answers,
    countIf(
        step = 'came' and steps.rating >= 4 and not is_recommendation
            and steps.kind in ('ticket', 'survey')
    ) as satisfied,
    countIf(
        step = 'came' and steps.rating is not null and is_recommendation
    ) as recommendations,
    countIf(step = 'came' and steps.rating >= 9 and is_recommendation) as promoters,
    countIf(step = 'came' and steps.rating <= 6 and is_recommendation) as detractors,
    countIf(step = 'came' and steps.kind = 'ticket') as opened,
    countIf(step = 'answered') as answered,
    countIf(step = 'resolved') as resolved,
    arraySort(groupArray(steps.response_seconds)) as response_seconds,
    arraySort(groupArray(steps.resolution_seconds)) as resolution_seconds
from ref('silver.feedback_steps') as steps
where toDate(at) in {dirty_days:Array(Date)}
group by
    bucket_at, source, kind, channel, product_id, category, label, language, status,
    rating, topics
