-- Orders of the range that stand in no number: test orders, and those that their source
-- deleted. A deleted record keeps its last payload, so its day is known.
with deleted as (
    select distinct order_id
    from silver.records
    where is_deleted and entity in ('orders', 'order_lines')
      and parseDateTime64BestEffortOrNull(
          JSONExtractString(payload, 'placed_at'), 3, 'UTC'
      ) >= {from:DateTime64(3, 'UTC')}
      and parseDateTime64BestEffortOrNull(
          JSONExtractString(payload, 'placed_at'), 3, 'UTC'
      ) < {to:DateTime64(3, 'UTC')}
)

select
    (
        select count() from silver.orders
        where is_test
          and placed_at >= {from:DateTime64(3, 'UTC')}
          and placed_at < {to:DateTime64(3, 'UTC')}
    ) as test_orders,
    (
        select count() from deleted
        where order_id not in (select order_id from silver.orders)
    ) as deleted_orders
