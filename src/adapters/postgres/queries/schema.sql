-- name: version
-- the number of the newest migration applied; 0 on a database that has none
select coalesce(max(version), 0) as version from schema_migrations

-- name: create_bookkeeping
-- which migrations were applied, and what they said
create table if not exists schema_migrations (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
)

-- name: applied
-- every migration applied, with the digest of what it said
select version, name, sha256 from schema_migrations order by version

-- name: record
-- one more migration applied
insert into schema_migrations (version, name, sha256) values (%(version)s, %(name)s, %(sha256)s)

-- name: create_audit_months
-- the places of a month and the next twelve in the audit trail, where they are missing; whether each is there
select m.month::date as month, create_audit_month(m.month::date) as is_there
  from generate_series(date_trunc('month', %(at)s::timestamptz at time zone 'UTC'),
                       date_trunc('month', %(at)s::timestamptz at time zone 'UTC') + interval '12 months',
                       interval '1 month') m (month)
