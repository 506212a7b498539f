-- What is deleted leaves a delta too, on the quarter of an hour in which it came: then what was recorded is what is there
-- and what was taken away, and a recount notices one too many.

-- Nobody is deleting by the function of before when this commits, or what they delete would be missing.
lock table users in share row exclusive mode;

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
    return null;
end $$;
