-- Entries that no seal covers yet. Whoever adds an entry adds it here too, in the same transaction; who seals takes what
-- is to be seen here. So nothing is missed, in whatever order transactions commit, and after a restore just as well.
create table audit_unsealed (
    entry_id bigint primary key,
    at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.02);

-- Each seal is over entries of one month, so that a month can be given up as a whole.
create table audit_seals (
    number bigint primary key,
    month date not null,
    sealed_at timestamptz not null,
    entries integer not null,
    root bytea not null,
    previous bytea not null,
    key_id text not null,
    signature bytea not null
);

-- Which entries a seal is over, and what they were.
create table audit_leaves (
    seal bigint not null,
    position integer not null,
    entry_id bigint not null,
    at timestamptz not null,
    leaf bytea not null,
    primary key (at, entry_id)
) partition by range (at);

create index audit_leaves_by_seal on audit_leaves (seal, position);

create table audit_leaves_default partition of audit_leaves default;

create trigger audit_seals_stay before update or delete on audit_seals
    for each row execute function refuse_change();
create trigger audit_seals_are_kept before truncate on audit_seals
    for each statement execute function refuse_change();
create trigger audit_leaves_stay before update or delete on audit_leaves
    for each row execute function refuse_change();
create trigger audit_leaves_are_kept before truncate on audit_leaves
    for each statement execute function refuse_change();
create trigger audit_leaves_default_is_kept before truncate on audit_leaves_default
    for each statement execute function refuse_change();

-- Months whose entries were exported and given up; signed, so that nobody else can make entries disappear this way.
create table audit_retirements (
    month date primary key,
    retired_at timestamptz not null,
    last_seal bigint not null,
    entries bigint not null,
    archive_digest bytea not null,
    key_id text not null,
    signature bytea not null
);

create trigger audit_retirements_stay before update or delete on audit_retirements
    for each row execute function refuse_change();
create trigger audit_retirements_are_kept before truncate on audit_retirements
    for each statement execute function refuse_change();
