-- migrate: no-transaction
-- What was known before. The triggers are at work already, and nobody waits for this.
insert into user_activity (user_id, last_login_at)
select id, coalesce(last_login_at, '-infinity') from users
    on conflict (user_id) do update set last_login_at = greatest(user_activity.last_login_at, excluded.last_login_at);
drop index concurrently if exists user_activity_by_last_login;
create index concurrently user_activity_by_last_login on user_activity (last_login_at, user_id);
