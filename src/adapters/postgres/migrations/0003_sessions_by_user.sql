-- migrate: no-transaction
-- Is this device or network new to the account? Built beside the logins that go on, so not in a transaction.
drop index concurrently if exists sessions_by_user;
create index concurrently sessions_by_user on sessions (user_id, started_at);
