-- The same for sessions; a file of its own, so that whoever writes both tables meets no deadlock.
lock table sessions in share row exclusive mode;

create or replace function count_sessions() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select 'active_sessions', '-infinity', case tg_op when 'INSERT' then count(*) else -count(*) end
      from changed where ended_at is null and lapses_at is not null having count(*) > 0;
    insert into stat_deltas (metric, bucket, amount)
    select case tg_op when 'INSERT' then 'logins' else 'logins_purged' end,
           date_bin('15 minutes', started_at, 'epoch'), count(*)
      from changed group by 2;
    return null;
end $$;
