-- A placeholder of the branch `feed`: number 4 belongs to sessions. Not to be merged.
select 1;
