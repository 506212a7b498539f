-- migrate: no-transaction
-- What was taken back lately? Other services ask every second. Built beside the logins that go on, so not in a transaction.
drop index concurrently if exists sessions_ended;
create index concurrently sessions_ended on sessions (ended_at, handle) where ended_at is not null;
drop index concurrently if exists users_cut_off;
create index concurrently users_cut_off on users (greatest(blocked_at, suspended_at, password_reset_required_at), id)
 where greatest(blocked_at, suspended_at, password_reset_required_at) is not null;
