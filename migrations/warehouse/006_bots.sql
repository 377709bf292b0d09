-- Robots are kept and counted apart, by the user agent that only the collector sees.
alter table bronze.events
    add column if not exists is_bot Bool default false;
