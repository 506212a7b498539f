-- The last day somebody was there, in STATS_TIMEZONE; who sets it to a later one counts the person for that day.
alter table user_activity add column active_on date not null default '-infinity';

create function count_active_user() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('active_users', new.active_on::timestamp at time zone 'UTC', 1);
    return null;
end $$;
revoke execute on function count_active_user() from public;
create trigger user_activity_count_active after update of active_on on user_activity
    for each row when (new.active_on > old.active_on) execute function count_active_user();
