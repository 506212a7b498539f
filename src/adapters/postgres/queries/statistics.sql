-- name: totals
-- every number, from what was added up and what was not yet, in one snapshot; of suspensions those that end later
with numbers as (
    select metric, amount from stat_totals
     where bucket = '-infinity'
       and metric in ('users', 'admins', 'verified', 'blocked', 'open_unverified', 'active_sessions')
    union all
    select metric, amount from stat_totals
     where bucket >= %(begins_at)s and bucket < %(ends_at)s and metric in ('registrations', 'logins', 'failed_logins')
    union all
    select metric, amount from stat_totals
     where bucket >= %(next_utc_day)s and metric in ('suspensions_by_day', 'unverified_suspensions_by_day')
    union all
    select metric, amount from stat_totals
     where bucket >= %(next_quarter)s and bucket < %(next_utc_day)s
       and metric in ('suspensions', 'unverified_suspensions')
    union all
    select metric, amount from stat_deltas -- which has no index: once for all
     where case when metric in ('suspensions_by_day', 'unverified_suspensions_by_day') then bucket >= %(next_utc_day)s
                when metric in ('suspensions', 'unverified_suspensions')
                then bucket >= %(next_quarter)s and bucket < %(next_utc_day)s
                else bucket = '-infinity' or bucket >= %(begins_at)s and bucket < %(ends_at)s end
    union all
    -- those that end within this quarter of an hour, and are not over: from their index
    select n.metric, n.amount
      from (select count(*) as every, count(*) filter (where email_verified_at is null) as unverified
              from users
             where suspended_at is not null and blocked_at is null
               and suspended_until > %(at)s and suspended_until < %(next_quarter)s) c
     cross join lateral (values ('suspensions', c.every), ('unverified_suspensions', c.unverified)) n (metric, amount)
)
select metric, sum(amount)::bigint as amount from numbers group by metric

-- name: days
-- what happened between moments, and who was there on dates: the place of the day among them, from 1
with numbers as (
    select metric, bucket, amount from stat_totals
     where bucket >= %(first)s and bucket < %(end)s and metric in ('registrations', 'logins', 'failed_logins')
    union all
    select metric, bucket, amount from stat_totals
     where bucket >= %(first_date)s and bucket < %(end_date)s and metric = 'active_users'
    union all
    select metric, bucket, amount from stat_deltas
     where metric in ('registrations', 'logins', 'failed_logins', 'active_users')
)
select case metric when 'active_users' then width_bucket(bucket, %(dates)s::timestamptz[])
                   else width_bucket(bucket, %(begins)s::timestamptz[]) end as place,
       coalesce(sum(amount) filter (where metric = 'registrations'), 0)::bigint as registrations,
       coalesce(sum(amount) filter (where metric = 'logins'), 0)::bigint as logins,
       coalesce(sum(amount) filter (where metric = 'failed_logins'), 0)::bigint as failed_logins,
       coalesce(sum(amount) filter (where metric = 'active_users'), 0)::bigint as active_users
  from numbers group by place

-- name: fold
-- adds up the oldest deltas that nobody else is adding up; in one order, or two who do so might wait for each other
with taken as (
    -- by an array of places, not by a join: who thinks that there are few compares all of them with all others
    delete from stat_deltas
     where ctid = any(array(select ctid from stat_deltas order by id limit %(limit)s for update skip locked))
    returning metric, bucket, amount
), folded as (
    insert into stat_totals (metric, bucket, amount)
    select metric, bucket, sum(amount) from taken group by metric, bucket order by metric, bucket
    on conflict (metric, bucket) do update set amount = stat_totals.amount + excluded.amount
)
select count(*) as taken from taken

-- name: settle
-- looks at the sessions whose time has come: those that are over are not counted any more, the others have their time
with due as (
    select id from sessions
     where ended_at is null and lapses_at <= %(at)s
     order by lapses_at limit %(limit)s
       for no key update skip locked
), settled as (
    update sessions s set lapses_at = case when {live} then {lapses} end
      from due where s.id = due.id
    returning s.id
)
select count(*) as settled from settled

-- name: rearm
-- the same for the next sessions by number, and the other way round; how far it came, and how many it was wrong about
with batch as (
    select s.id, s.lapses_at is not null as was_counted, {live} as is_live, {lapses} as lapses_at,
           -- else its time has come, and `settle` would have found it
           coalesce(s.lapses_at, 'infinity') > %(at)s as is_early
      from sessions s
     where s.id > %(after)s and s.ended_at is null
     order by s.id limit %(limit)s
       for no key update skip locked
), rearmed as (
    update sessions s set lapses_at = case when batch.is_live then batch.lapses_at end
      from batch
     where s.id = batch.id and (batch.was_counted <> batch.is_live or batch.is_live and s.lapses_at > batch.lapses_at)
    returning batch.was_counted <> batch.is_live and batch.is_early as was_wrong
)
select (select max(id) from batch) as reached, (select count(*) from rearmed where was_wrong) as wrong

-- name: allow_time
-- how long a statement may take, until the transaction ends
select set_config('statement_timeout', %(limit)s, true)

-- name: wait_for_recounts
-- one at a time, until the transaction ends: two would both add what is missing
select pg_advisory_xact_lock(hashtextextended('stats recount', 0))

-- name: recount
-- compares what there is with what was recorded, at one moment, and adds the difference as one more delta
with recorded as (
    select metric, bucket, sum(amount)::bigint as amount
      from (select metric, bucket, amount from stat_totals union all select metric, bucket, amount from stat_deltas) r
     group by metric, bucket
), there as (
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
    select n.metric, n.bucket, count(*)
      from users u cross join lateral suspension_numbers(u.suspended_until, u.email_verified_at) n
     where u.suspended_at is not null and u.blocked_at is null
     group by n.metric, n.bucket
    union all
    -- of the audit trail nothing is deleted
    select 'failed_logins', date_bin('15 minutes', at, 'epoch'), count(*) from audit_entries
     where action in ('session:login:failure', 'session:login:denied')
       and at >= date_bin('15 minutes', now() - interval '400 days', 'epoch')
     group by 2
    union all
    -- what was there, and was taken away since
    select case metric when 'registrations_deleted' then 'registrations' else 'logins' end, bucket, amount
      from recorded where metric in ('registrations_deleted', 'logins_purged')
), counted as (
    select metric, bucket, sum(amount)::bigint as amount from there group by metric, bucket
), differences as (
    select metric, bucket, coalesce(r.amount, 0) as recorded, coalesce(c.amount, 0) as counted,
           -- a surplus of what happened: rows that were lost past the triggers look the same
           not (metric in ('registrations', 'logins') and coalesce(r.amount, 0) > coalesce(c.amount, 0))
           or %(take_off_surplus)s as is_put_right
      from counted c full join recorded r using (metric, bucket)
     where coalesce(c.amount, 0) <> coalesce(r.amount, 0)
       and (metric in ('users', 'admins', 'verified', 'blocked', 'open_unverified', 'active_sessions',
                       'registrations', 'logins', 'suspensions', 'suspensions_by_day', 'unverified_suspensions',
                       'unverified_suspensions_by_day')
            -- longer than a year is not shown
            or metric = 'failed_logins' and bucket >= date_bin('15 minutes', now() - interval '400 days', 'epoch'))
), corrected as (
    insert into stat_deltas (metric, bucket, amount)
    select metric, bucket, counted - recorded from differences where is_put_right
)
select metric, case when isfinite(bucket) then bucket end as since, recorded, counted, is_put_right
  from differences order by bucket, metric
