-- migrate: no-transaction
-- The list of users: sorted by when they came, and those who are looked for. Built beside the logins that go on, so not in
-- a transaction.
drop index concurrently if exists users_by_created_at;
create index concurrently users_by_created_at on users (created_at, id);
-- New entries go to their places at once, not to a list that every search would have to read: a dozen for a new user.
drop index concurrently if exists users_search;
create index concurrently users_search on users using gin (search) with (fastupdate = off);
drop index concurrently if exists users_shut;
create index concurrently users_shut on users (id) where blocked_at is not null or suspended_at is not null;
drop index concurrently if exists users_unverified;
create index concurrently users_unverified on users (id) where email_verified_at is null;
-- What the planner knows of a new column, and estimates go by.
analyze users;
