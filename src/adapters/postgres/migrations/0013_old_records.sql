-- migrate: no-transaction
-- What is past its time is found by age and thrown away. None of these holds a column that a refresh changes.
drop index concurrently if exists sessions_unended;
create index concurrently sessions_unended on sessions (started_at) where ended_at is null;
drop index concurrently if exists one_time_tokens_by_expiry;
create index concurrently one_time_tokens_by_expiry on one_time_tokens (expires_at);
drop index concurrently if exists outgoing_mails_dead;
create index concurrently outgoing_mails_dead on outgoing_mails (dead_at) where dead_at is not null;
drop index concurrently if exists cool_downs_by_end;
create index concurrently cool_downs_by_end on cool_downs (until);
