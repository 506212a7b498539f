-- migrate: no-transaction
-- Pages of a user's sessions, of any age, in the order of their numbers. The index serves what `sessions_by_user` did, too
-- (is this device or network new to the account?), which is looked up by the user alone.
drop index concurrently if exists sessions_of_user;
create index concurrently sessions_of_user on sessions (user_id, id);
drop index concurrently if exists sessions_by_user;
