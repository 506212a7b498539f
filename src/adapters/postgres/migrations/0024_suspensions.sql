-- How many are suspended now comes from deltas too. A suspension lifts itself, so it counts by when it ends, and those
-- that are over are not asked for. Who logs in or changes a name runs nothing of this.

-- Where a suspension counts: on the quarter of an hour in which it ends, and once more on that day of UTC, which leaves
-- few rows to add up of those that end in some years. One without an end: on 'infinity'.
create function suspension_numbers(until timestamptz, verified_at timestamptz)
    returns table (metric text, bucket timestamptz) language sql immutable parallel safe as $$
    select n.metric, n.bucket
      from (values ('suspensions', date_bin('15 minutes', coalesce(until, 'infinity'), 'epoch'), true),
                   ('suspensions_by_day', date_bin('1 day', coalesce(until, 'infinity'), 'epoch'), true),
                   ('unverified_suspensions', date_bin('15 minutes', coalesce(until, 'infinity'), 'epoch'),
                    verified_at is null),
                   ('unverified_suspensions_by_day', date_bin('1 day', coalesce(until, 'infinity'), 'epoch'),
                    verified_at is null)
           ) n (metric, bucket, counts)
     where n.counts
$$;

create or replace function count_users() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select metric, '-infinity', case tg_op when 'INSERT' then n.amount else -n.amount end
      from (select count(*) as users,
                   count(*) filter (where role = 'admin') as admins,
                   count(email_verified_at) as verified,
                   count(blocked_at) as blocked,
                   count(*) filter (where blocked_at is null and email_verified_at is null) as open_unverified
              from changed) c
     cross join lateral (values ('users', c.users), ('admins', c.admins), ('verified', c.verified),
                                ('blocked', c.blocked), ('open_unverified', c.open_unverified)) n (metric, amount)
     where n.amount > 0;
    insert into stat_deltas (metric, bucket, amount)
    select case tg_op when 'INSERT' then 'registrations' else 'registrations_deleted' end,
           date_bin('15 minutes', created_at, 'epoch'), count(*)
      from changed group by 2;
    insert into stat_deltas (metric, bucket, amount)
    select n.metric, n.bucket, case tg_op when 'INSERT' then count(*) else -count(*) end
      from changed c cross join lateral suspension_numbers(c.suspended_until, c.email_verified_at) n
     where c.suspended_at is not null and c.blocked_at is null
     group by n.metric, n.bucket;
    return null;
end $$;

create function count_changed_suspension() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select metric, bucket, sum(amount)
      from (select metric, bucket, -1 as amount from suspension_numbers(old.suspended_until, old.email_verified_at)
             where old.suspended_at is not null and old.blocked_at is null
            union all
            select metric, bucket, 1 from suspension_numbers(new.suspended_until, new.email_verified_at)
             where new.suspended_at is not null and new.blocked_at is null) n
     group by metric, bucket having sum(amount) <> 0;
    return null;
end $$;
revoke execute on function count_changed_suspension() from public;
create trigger users_count_suspension_changed
    after update of suspended_at, suspended_until, blocked_at, email_verified_at on users for each row
    when ((old.suspended_at is not null or new.suspended_at is not null)
          and ((new.suspended_at is null) <> (old.suspended_at is null)
               or (new.blocked_at is null) <> (old.blocked_at is null)
               or (new.email_verified_at is null) <> (old.email_verified_at is null)
               or new.suspended_until is distinct from old.suspended_until))
    execute function count_changed_suspension();
