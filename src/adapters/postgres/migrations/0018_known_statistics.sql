-- migrate: no-transaction
-- What was known before, as `stats recount` counts it. The triggers are at work already: what is counted and what they
-- have recorded is seen at one moment, and the difference is one more delta. Nobody waits for it.
drop index concurrently if exists sessions_lapsing;
create index concurrently sessions_lapsing on sessions (lapses_at) where ended_at is null and lapses_at is not null;
drop index concurrently if exists users_suspended;
create index concurrently users_suspended on users (suspended_until) include (email_verified_at)
 where suspended_at is not null and blocked_at is null;
with counted as (
    select n.metric, '-infinity'::timestamptz as bucket, n.amount
      from (select count(*) as users,
                   count(*) filter (where role = 'admin') as admins,
                   count(email_verified_at) as verified,
                   count(blocked_at) as blocked,
                   count(*) filter (where blocked_at is null and email_verified_at is null) as open_unverified
              from users) c
     cross join lateral (values ('users', c.users), ('admins', c.admins), ('verified', c.verified),
                                ('blocked', c.blocked), ('open_unverified', c.open_unverified)) n (metric, amount)
    union all
    select 'active_sessions', '-infinity', count(*) from sessions where ended_at is null and lapses_at is not null
    union all
    select 'registrations', date_bin('15 minutes', created_at, 'epoch'), count(*) from users group by 2
    union all
    select 'logins', date_bin('15 minutes', started_at, 'epoch'), count(*) from sessions group by 2
    union all
    select 'failed_logins', date_bin('15 minutes', at, 'epoch'), count(*) from audit_entries
     where action in ('session:login:failure', 'session:login:denied') and at > now() - interval '400 days' group by 2
), recorded as (
    select metric, bucket, sum(amount) as amount
      from (select metric, bucket, amount from stat_totals union all select metric, bucket, amount from stat_deltas) r
     group by metric, bucket
)
insert into stat_deltas (metric, bucket, amount)
select metric, bucket, c.amount - coalesce(r.amount, 0)
  from counted c left join recorded r using (metric, bucket)
 where c.amount <> coalesce(r.amount, 0) and (bucket = '-infinity' or c.amount > coalesce(r.amount, 0));
