-- Stands in for a migration that is written elsewhere at the same time; not to be merged.
select 1;
