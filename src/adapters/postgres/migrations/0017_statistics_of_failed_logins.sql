create function count_failed_login() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('failed_logins', date_bin('15 minutes', new.at, 'epoch'), 1);
    return null;
end $$;
revoke execute on function count_failed_login() from public;
create trigger audit_entries_count_failed_login after insert on audit_entries
    for each row when (new.action in ('session:login:failure', 'session:login:denied'))
    execute function count_failed_login();
