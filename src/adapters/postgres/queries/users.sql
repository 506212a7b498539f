-- name: claim_email
-- makes those who want one address wait for each other, until the transaction ends
select pg_advisory_xact_lock(hashtextextended(%(email)s, 0))

-- name: add
-- a user and its password hash; no row where the address is taken, and then no id is drawn from the sequence
with added as (
    insert into users (name, email, mobile, locale, role, created_at, updated_at, email_verified_at, version)
    select %(name)s, %(email)s, %(mobile)s, %(locale)s, %(role)s, %(created_at)s, %(created_at)s,
           %(email_verified_at)s, 1
    where not exists (select from users where email = %(email)s)
    on conflict (email) do nothing -- somebody who did not claim the address, such as an import
    returning id
), hashed as (
    insert into passwords (user_id, hash, changed_at) select id, %(hash)s, %(created_at)s from added
)
select id from added

-- name: lock
-- a user and its password hash as committed last; locks both rows, or a waiter would see the hash from before its wait
select {user}, p.hash
  from users u join passwords p on p.user_id = u.id
 where u.id = %(id)s
   for no key update

-- name: save
-- the new state of a locked user
update users
   set name = %(name)s, mobile = %(mobile)s, locale = %(locale)s, role = %(role)s, updated_at = %(updated_at)s,
       email_verified_at = %(email_verified_at)s, last_login_at = %(last_login_at)s,
       blocked_at = %(blocked_at)s, blocked_by = %(blocked_by)s, blocked_reason = %(blocked_reason)s,
       suspended_at = %(suspended_at)s, suspended_by = %(suspended_by)s, suspended_reason = %(suspended_reason)s,
       suspended_until = %(suspended_until)s, version = %(version)s
 where id = %(id)s

-- name: replace_password_hash
-- another hash of the same password, unless the password is another by now
update passwords set hash = %(new)s where user_id = %(id)s and hash = %(old)s

-- name: by_id
-- one user
select {user} from users u where u.id = %(id)s

-- name: account_by_email
-- one user and its password hash
select {user}, p.hash from users u join passwords p on p.user_id = u.id where u.email = %(email)s
