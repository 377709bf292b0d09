-- Cohorts of members by the day, week or month in which they joined, and how many of each
-- came back, or what they brought, in the periods after. Period 0 is that of joining.
with identities as (
    select visitor_id, valid_from, customer_id from gold.fct_identities
),

first_visits as (
    select visitor_id as member, started_at as joined_at
    from sessions() as m
    where is_first
),

first_orders as (
    select customer_id as member, min(placed_at) as joined_at
    from gold.fct_orders
    where customer_id != ''
    group by customer_id
    having joined_at >= {from:DateTime64(3, 'UTC')}
        and joined_at < {to:DateTime64(3, 'UTC')}
),

sign_ups as (
    select member, min(occurred_at) as joined_at
    from (
        select
            if(
                events.user_id != '' and identities.customer_id is null,
                events.user_id,
                ifNull(identities.customer_id, '')
            ) as member,
            occurred_at
        from (
            select visitor_id, user_id, occurred_at from gold.fct_events
            where event in ('Signed Up', 'Account Created') and not is_bot
        ) as events
        asof left join identities
            on identities.visitor_id = events.visitor_id
            and identities.valid_from <= events.occurred_at
    )
    where member != ''
    group by member
    having joined_at >= {from:DateTime64(3, 'UTC')}
        and joined_at < {to:DateTime64(3, 'UTC')}
),

visits_by_visitor as (
    select
        visitor_id as member, started_at as at, ended_at as until,
        toDecimal64(0, 6) as revenue
    from gold.fct_sessions
    where started_at >= {from:DateTime64(3, 'UTC')}
),

visits_by_customer as (
    select
        identities.customer_id as member, visits.started_at as at,
        visits.ended_at as until, toDecimal64(0, 6) as revenue
    from (
        select visitor_id, started_at, ended_at from gold.fct_sessions
        where started_at >= {from:DateTime64(3, 'UTC')} - interval 1 day
    ) as visits
    asof join identities
        on identities.visitor_id = visits.visitor_id
        and identities.valid_from <= visits.started_at
),

orders as (
    select order_id, customer_id, session_id, placed_at, gross - discount as revenue
    from gold.fct_orders
    where currency = {currency:String} and placed_at >= {from:DateTime64(3, 'UTC')}
),

orders_by_customer as (
    select customer_id as member, placed_at as at, placed_at as until, revenue
    from orders
    where customer_id != ''
),

orders_by_visitor as (
    select
        visits.visitor_id as member, orders.placed_at as at, orders.placed_at as until,
        revenue
    from orders
    inner join (
        select visitor_id, session_id from gold.fct_sessions
        where has_order and started_at >= {from:DateTime64(3, 'UTC')}
    ) as visits on visits.session_id = orders.session_id
),

members as (
    select member, toDate(bucket_of(joined_at)) as cohort, joined_at
    from members_asked()
),

-- The visit in which somebody joins counts, though it began before.
activity as (
    select
        members.cohort as cohort,
        members.member as member,
        greatest(asked.at, members.joined_at) as active_at,
        asked.revenue as revenue
    from activity_asked() as asked
    inner join members on members.member = asked.member
    where asked.until >= members.joined_at
),

active as (
    select
        cohort,
        member,
        dateDiff({unit:String}, cohort, toDate(bucket_of(active_at))) as period,
        sum(activity.revenue) as revenue
    from activity
    group by cohort, member, period
),

sizes as (
    select cohort, count() as size from members
    group by cohort
),

retained as (
    select cohort, period, count() as active_members, sum(revenue) as revenue
    from active
    where period < {periods:UInt16}
    group by cohort, period
)

select
    sizes.cohort as cohort,
    sizes.size as size,
    ifNull(retained.period, 0) as period,
    ifNull(retained.active_members, 0) as active_members,
    ifNull(retained.revenue, 0) as revenue
from sizes
left join retained on retained.cohort = sizes.cohort
order by cohort, period
