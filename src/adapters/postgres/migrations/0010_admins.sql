-- migrate: no-transaction
-- Who is an admin? Few are; asked when one is taken away.
drop index concurrently if exists users_admins;
create index concurrently users_admins on users (id) where role = 'admin';
