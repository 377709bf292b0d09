-- The ad click that brought the visitor, by the page's URL: the parameter's name and
-- value.
alter table bronze.events
    add column if not exists click_id_name LowCardinality(String) default '',
    add column if not exists click_id String default '';
