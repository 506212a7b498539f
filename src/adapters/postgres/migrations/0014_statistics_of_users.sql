-- Statistics: whatever happens leaves a delta, by triggers, so that no way to write can forget it; the worker adds them
-- up. Here and in the next three files one table at a time, so that whoever writes several of them meets no deadlock.

create table stat_deltas (
    id bigint generated always as identity primary key,
    metric text not null,
    bucket timestamptz not null,
    amount integer not null
);

create table stat_totals (
    metric text not null,
    bucket timestamptz not null,
    amount bigint not null,
    primary key (metric, bucket)
);

-- With the rights of whoever migrates, here and below: so whoever may write what is counted need not be allowed to write
-- deltas, and the release before this one goes on working where a service role has no rights on new tables yet.
create function count_users() returns trigger language plpgsql
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
    if tg_op = 'INSERT' then
        insert into stat_deltas (metric, bucket, amount)
        select 'registrations', date_bin('15 minutes', created_at, 'epoch'), count(*) from changed group by 2;
    end if;
    return null;
end $$;
revoke execute on function count_users() from public;
create trigger users_count_added after insert on users
    referencing new table as changed for each statement execute function count_users();
create trigger users_count_removed after delete on users
    referencing old table as changed for each statement execute function count_users();

create function count_changed_user() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select metric, '-infinity', amount
      from (values ('admins', (new.role = 'admin')::integer - (old.role = 'admin')::integer),
                   ('verified', (new.email_verified_at is not null)::integer
                                - (old.email_verified_at is not null)::integer),
                   ('blocked', (new.blocked_at is not null)::integer - (old.blocked_at is not null)::integer),
                   ('open_unverified', (new.blocked_at is null and new.email_verified_at is null)::integer
                                       - (old.blocked_at is null and old.email_verified_at is null)::integer)
           ) n (metric, amount)
     where amount <> 0;
    return null;
end $$;
revoke execute on function count_changed_user() from public;
create trigger users_count_changed after update of role, email_verified_at, blocked_at on users
    for each row when (new.role <> old.role or (new.email_verified_at is null) <> (old.email_verified_at is null)
                       or (new.blocked_at is null) <> (old.blocked_at is null))
    execute function count_changed_user();
