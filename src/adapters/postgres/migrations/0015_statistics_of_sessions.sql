-- When to look whether a session is over; null: it was found to be. A refresh leaves it alone, and with it its index.
-- By default at once, so that what is there already is looked at, and what the release before this one starts.
alter table sessions add column lapses_at timestamptz default 'epoch';

create function count_sessions() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select 'active_sessions', '-infinity', case tg_op when 'INSERT' then count(*) else -count(*) end
      from changed where ended_at is null and lapses_at is not null having count(*) > 0;
    if tg_op = 'INSERT' then
        insert into stat_deltas (metric, bucket, amount)
        select 'logins', date_bin('15 minutes', started_at, 'epoch'), count(*) from changed group by 2;
    end if;
    return null;
end $$;
revoke execute on function count_sessions() from public;
create trigger sessions_count_added after insert on sessions
    referencing new table as changed for each statement execute function count_sessions();
create trigger sessions_count_removed after delete on sessions
    referencing old table as changed for each statement execute function count_sessions();

create function count_changed_session() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('active_sessions', '-infinity',
            case when new.ended_at is null and new.lapses_at is not null then 1 else -1 end);
    return null;
end $$;
revoke execute on function count_changed_session() from public;
create trigger sessions_count_changed after update of ended_at, lapses_at on sessions
    for each row when ((new.ended_at is null and new.lapses_at is not null)
                       <> (old.ended_at is null and old.lapses_at is not null))
    execute function count_changed_session();
