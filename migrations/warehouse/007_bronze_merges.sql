-- Events come in many small parts and are read by the time they were loaded, however they
-- are parted. Merging more parts at a time writes each row fewer times.
alter table bronze.events modify setting merge_selector_base = 10;
