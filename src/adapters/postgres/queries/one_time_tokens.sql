-- name: add
-- a token
insert into one_time_tokens (id, purpose, user_id, email, digest, issued_at, expires_at, used_at, voided_at)
values (%(id)s, %(purpose)s, %(user_id)s, %(email)s, %(digest)s, %(issued_at)s, %(expires_at)s, %(used_at)s,
        %(voided_at)s)

-- name: lock_user
-- locks the user of a token
select id from users where id = (select user_id from one_time_tokens where digest = %(digest)s) for no key update

-- name: by_digest
-- a token as it is now
select {token} from one_time_tokens t where t.digest = %(digest)s

-- name: mark_used
-- a token was used
update one_time_tokens set used_at = %(at)s where id = %(id)s

-- name: void
-- a user's tokens of some purposes, where they are neither used nor void, become useless
update one_time_tokens set voided_at = %(at)s
 where user_id = %(user_id)s and purpose = any(%(purposes)s) and used_at is null and voided_at is null
   and issued_at >= coalesce(%(issued_since)s::timestamptz, '-infinity')
