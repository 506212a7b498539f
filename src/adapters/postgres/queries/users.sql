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
      and not exists (select from one_time_tokens r where {reserved})
    on conflict (email) do nothing -- somebody who did not claim the address, such as an import
    returning id
), hashed as (
    insert into passwords (user_id, hash, changed_at) select id, %(hash)s, %(created_at)s from added
)
select id from added

-- name: audit_salt
-- what the key is made of that the audit trail has for somebody who was just added
select k.salt as audit_salt from audit_keys k join users u on u.id = k.user_id where u.email = %(email)s

-- name: lock
-- a user and its password hash as committed last; locks all of the rows, or a waiter would see some from before its wait
select {user}, p.hash, {audit_salt}
  from users u join passwords p on p.user_id = u.id join user_activity a on a.user_id = u.id
 where u.id = %(id)s
   for no key update

-- name: save
-- the new state of a locked user
update users
   set name = %(name)s, mobile = %(mobile)s, locale = %(locale)s, role = %(role)s, updated_at = %(updated_at)s,
       email_verified_at = %(email_verified_at)s,
       blocked_at = %(blocked_at)s, blocked_by = %(blocked_by)s, blocked_reason = %(blocked_reason)s,
       suspended_at = %(suspended_at)s, suspended_by = %(suspended_by)s, suspended_reason = %(suspended_reason)s,
       suspended_until = %(suspended_until)s, version = %(version)s,
       pending_email = %(pending_email)s, password_reset_required_at = %(password_reset_required_at)s
 where id = %(id)s

-- name: log_in
-- when a locked user has logged in
update user_activity
   set last_login_at = coalesce(%(at)s::timestamptz, '-infinity'), active_on = greatest(active_on, %(day)s)
 where user_id = %(id)s

-- name: replace_password_hash
-- another hash of the same password, unless the password is another by now
update passwords set hash = %(new)s where user_id = %(id)s and hash = %(old)s

-- name: set_password_hash
-- the hash of another password of a locked user
update passwords set hash = %(new)s, changed_at = %(at)s where user_id = %(id)s

-- name: change_email
-- another address for a locked user; no row where somebody else has it or has it reserved
update users set email = %(email)s
 where id = %(id)s
   and not exists (select from users o where o.email = %(email)s and o.id <> %(id)s)
   and not exists (select from one_time_tokens r where {reserved} and r.user_id <> %(id)s)
returning id

-- name: by_id
-- one user
select {user} from users u join user_activity a on a.user_id = u.id where u.id = %(id)s

-- name: account_by_email
-- one user and its password hash
select {user}, p.hash
  from users u join passwords p on p.user_id = u.id join user_activity a on a.user_id = u.id
 where u.email = %(email)s

-- name: account_by_id
-- one user and its password hash
select {user}, p.hash, {audit_salt}
  from users u join passwords p on p.user_id = u.id join user_activity a on a.user_id = u.id
 where u.id = %(id)s

-- name: login_candidate
-- one user and its password hash, and whether it is known to log in with this user agent, from this network
select {user}, p.hash,
       exists (select from sessions s
                where s.user_id = u.id and {trusted}
                  and regexp_replace(s.user_agent, '[0-9]+', '', 'g')
                      is not distinct from regexp_replace(%(user_agent)s::text, '[0-9]+', '', 'g')) as knows_user_agent,
       exists (select from sessions s
                where s.user_id = u.id and {trusted}
                  and case when %(network)s::inet is null then s.ip_address is null
                           else s.ip_address <<= %(network)s::inet end) as knows_network,
       {audit_salt}
  from users u join passwords p on p.user_id = u.id join user_activity a on a.user_id = u.id
 where u.email = %(email)s

-- name: email_is_taken
-- whether somebody else has the address or has it reserved
select exists (select from users o where o.email = %(email)s and o.id <> %(id)s)
    or exists (select from one_time_tokens r where {reserved} and r.user_id <> %(id)s) as taken

-- name: verification_sent_at
-- when the user's present address was last sent a token to verify it
select max(t.issued_at) as sent_at
  from one_time_tokens t join users u on u.id = t.user_id and u.email = t.email
 where t.user_id = %(id)s and t.purpose = 'verify-email'
