-- name: claim
-- one unit of work at a time takes an admin away, until its transaction ends; "user", "admn"
select pg_advisory_xact_lock(x'7573657261646d6e'::bigint)

-- name: count_others
-- the admins besides one whom nothing keeps out; those who take one away come one at a time, by the statements before
select count(*) as others from users u where u.role = 'admin' and u.id <> %(user_id)s and {let_in}
