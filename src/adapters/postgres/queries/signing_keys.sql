-- name: all
-- every key, in the order in which they begin to sign
select {signing_key} from signing_keys k order by k.activates_at, k.kid

-- name: lock
-- one unit of work at a time changes the key set; "user", "keys"
select pg_advisory_xact_lock(x'757365726b657973'::bigint)

-- name: add
-- a key
insert into signing_keys (kid, algorithm, created_at, activates_at, retires_at, public_jwk, sealed_private_key)
values (%(kid)s, %(algorithm)s, %(created_at)s, %(activates_at)s, %(retires_at)s, %(public_jwk)s,
        %(sealed_private_key)s)

-- name: save
-- when a key retires, and how it is sealed
update signing_keys set retires_at = %(retires_at)s, sealed_private_key = %(sealed_private_key)s where kid = %(kid)s

-- name: remove
-- a key is gone
delete from signing_keys where kid = %(kid)s
