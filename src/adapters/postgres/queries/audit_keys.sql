-- name: trail_key
-- the trail's own key, sealed; no row where there is none yet
select sealed from audit_trail_key

-- name: add_trail_key
-- the trail's own key, unless somebody else was first
insert into audit_trail_key (sealed) values (%(sealed)s) on conflict do nothing

-- name: reseal_trail_key
-- the same key, sealed with another one
update audit_trail_key set sealed = %(sealed)s where sealed = %(before)s

-- name: salts
-- the salts of users; without a row for those who were erased
select array_agg(user_id) as users, array_agg(salt) as salts from audit_keys where user_id = any(%(users)s)

-- name: month
-- the salt of a month; no row where it has none yet
select salt from audit_months where month = %(month)s

-- name: add_month
-- a salt for a month that has none; waits for whoever else adds it
insert into audit_months (month) values (%(month)s) on conflict do nothing

-- name: destroy
-- throws a user's salt away, and with it the key
delete from audit_keys where user_id = %(user_id)s
