-- Who was active in each period, and whether he was in the one before. Periods are whole,
-- the first one is that before the first asked for.
with active as (
    select
        customer_id,
        bucket_of(placed_at) as bucket,
        min(order_number) = 1 as is_new
    from gold.customer_orders
    where placed_at >= {from:DateTime64(3, 'UTC')}
      and placed_at < {to:DateTime64(3, 'UTC')}
    group by customer_id, bucket
),

compared as (
    select
        bucket,
        is_new,
        dateDiff(
            {unit:String},
            lagInFrame(toNullable(bucket)) over (
                partition by customer_id order by bucket
                rows between unbounded preceding and unbounded following
            ),
            bucket
        ) = 1 as was_active
    from active
)

select
    toString(bucket) as bucket,
    count() as active,
    countIf(is_new) as new,
    countIf(was_active) as returning,
    countIf(not is_new and not ifNull(was_active, false)) as reactivated
from compared
group by compared.bucket
