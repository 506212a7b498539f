-- Makes a month's place in the trail: whether it is there now. By the owner's rights, so that the worker, whose role may
-- change no table, can. Attached rather than created as a partition: so those who write need not wait. Whoever holds the
-- partition for what has no month, a dump for instance, is hardly waited for; it is made another time. Entries of the month
-- that are kept there by then stay there, and are found there.
create function create_audit_month(wanted date) returns boolean language plpgsql
    security definer set search_path = public, pg_temp set lock_timeout = '200ms' as $$
declare
    first_day constant date := date_trunc('month', wanted);
    begins constant timestamptz := first_day::timestamp at time zone 'UTC';
    ends constant timestamptz := (first_day + interval '1 month') at time zone 'UTC';
    parent text;
    name text;
begin
    insert into audit_months (month) values (first_day) on conflict do nothing;
    foreach parent in array array['audit_entries', 'audit_leaves'] loop
        name := parent || to_char(first_day, '_YYYY_MM');
        continue when to_regclass(name) is not null;
        execute format('create table %I (like %I including all)', name, parent);
        execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                       name || '_is_kept', name);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, begins, ends);
    end loop;
    return true;
exception
    when lock_not_available or check_violation or duplicate_table or unique_violation or deadlock_detected then
        return false;
end $$;
revoke execute on function create_audit_month(date) from public;
