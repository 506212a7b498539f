-- A placeholder of the branch `feed`: number 5 belongs to the key set. Not to be merged.
select 1;
