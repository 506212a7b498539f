-- What the keys of the audit trail are made of, with a key that is derived from MASTER_KEY and stored in sealed form.
-- Whose salt is gone is nobody any more, to whoever reads the trail.
create table audit_trail_key (
    is_the_one boolean primary key default true check (is_the_one),
    -- Sealed with a key that is derived from MASTER_KEY, which is not in the database.
    sealed bytea not null
);

create table audit_keys (
    user_id integer primary key references users (id) on delete cascade,
    salt uuid not null default gen_random_uuid()
);

-- For those who are no users, and for the tags; thrown away with the entries of the month.
create table audit_months (
    month date primary key,
    salt uuid not null default gen_random_uuid()
);

create function add_audit_key() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into audit_keys (user_id) select id from added on conflict do nothing;
    return null;
end $$;
revoke execute on function add_audit_key() from public;
create trigger users_add_audit_key after insert on users
    referencing new table as added for each statement execute function add_audit_key();
