-- Gives up a month of the trail, by the rights of whoever calls it: only the owner of the tables can. Whether that was
-- done: not where something of the month waits for a seal, or was sealed after a seal. First nobody can add to the month
-- any more, then it is looked at.
create function retire_audit_month(wanted date, last_seal bigint) returns boolean language plpgsql
    set lock_timeout = '3s' as $$
declare
    begins constant timestamptz := wanted::timestamp at time zone 'UTC';
    ends constant timestamptz := (wanted + interval '1 month') at time zone 'UTC';
    parent text;
    name text;
begin
    lock table audit_entries, audit_leaves in access exclusive mode;
    if exists (select from audit_unsealed where at >= begins and at < ends)
       or exists (select from audit_seals where month = wanted and number > last_seal) then
        return false;
    end if;
    foreach parent in array array['audit_entries', 'audit_leaves'] loop
        name := parent || to_char(wanted, '_YYYY_MM');
        execute format('drop table if exists %I', name);
        -- what came before the month had its place
        if parent = 'audit_entries' and exists (select from audit_entries_default where at >= begins and at < ends)
           or parent = 'audit_leaves' and exists (select from audit_leaves_default where at >= begins and at < ends) then
            execute format('alter table %I disable trigger user', parent || '_default');
            execute format('delete from %I where at >= %L and at < %L', parent || '_default', begins, ends);
            execute format('alter table %I enable trigger user', parent || '_default');
        end if;
    end loop;
    delete from audit_months where month = wanted;
    return true;
end $$;
revoke execute on function retire_audit_month(date, bigint) from public;
