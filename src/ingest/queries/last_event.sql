select max(_loaded_at) as loaded_at, count() as events from bronze.events
