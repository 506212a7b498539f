-- When people were there, apart from users: a login writes two small rows, and none of the indexes of a wide one. The
-- list of users is sorted by it, so it needs an index, and a column with an index rewrites all of them on each change.

create table user_activity (
    user_id integer primary key references users (id) on delete cascade,
    -- '-infinity': never
    last_login_at timestamptz not null default '-infinity'
) with (fillfactor = 90);

-- The release before this one knows the column only: what it does counts too while replicas are replaced one by one.
-- With the rights of whoever migrates, as it has none on the new table. A later release drops users.last_login_at and the
-- second of these.
create function add_user_activity() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into user_activity (user_id) select id from added on conflict do nothing;
    return null;
end $$;
revoke execute on function add_user_activity() from public;
create trigger users_add_activity after insert on users
    referencing new table as added for each statement execute function add_user_activity();

create function follow_last_login() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    update user_activity set last_login_at = new.last_login_at
     where user_id = new.id and last_login_at < new.last_login_at;
    return null;
end $$;
revoke execute on function follow_last_login() from public;
create trigger users_follow_last_login after update of last_login_at on users
    for each row when (new.last_login_at is distinct from old.last_login_at) execute function follow_last_login();
