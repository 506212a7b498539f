-- name: add
-- a mail to send at once
insert into outgoing_mails
       (id, kind, recipient, user_id, token_ids, occurred_at, ip_address, user_agent, request_id, next_attempt_at)
values (%(id)s, %(kind)s, %(recipient)s, %(user_id)s, %(token_ids)s, %(occurred_at)s, %(ip_address)s, %(user_agent)s,
        %(request_id)s, %(occurred_at)s)

-- name: wake
-- tells workers in other processes at commit; as often as it is said in a transaction, they hear it once
notify outgoing_mails

-- name: address
-- a requested mail becomes a user's; no row where it is gone or somebody's by now
update outgoing_mails set user_id = %(user_id)s, token_ids = %(token_ids)s
 where id = %(id)s and user_id is null
returning id

-- name: revive
-- a mail is due now, as if it had never been tried
update outgoing_mails set attempts = 0, next_attempt_at = %(at)s, dead_at = null where id = %(id)s returning id

-- name: claim
-- takes the mail that has been due the longest, with its user and tokens (a row for each), waiting for no other taker
with m as (
    update outgoing_mails set attempts = attempts + 1, next_attempt_at = %(until)s
     where id = (select id from outgoing_mails
                  where dead_at is null and next_attempt_at <= %(at)s and kind = any(%(kinds)s)
                  order by next_attempt_at limit 1
                    for update skip locked)
    returning *
)
select m.attempts, {mail}, {token}, {user}
  from m
  left join (users u join user_activity a on a.user_id = u.id) on u.id = m.user_id
  left join one_time_tokens t on t.id = any(m.token_ids)

-- name: remove
-- a mail that has left
delete from outgoing_mails where id = %(id)s

-- name: postpone
-- a mail that was not taken, unless somebody else has it by now
update outgoing_mails set next_attempt_at = %(until)s, error = %(error)s
 where id = %(id)s and attempts = %(attempt)s and next_attempt_at = %(lease)s

-- name: bury
-- a mail that nobody will take, unless somebody else has it by now
update outgoing_mails set dead_at = %(at)s, error = %(error)s
 where id = %(id)s and attempts = %(attempt)s and next_attempt_at = %(lease)s

-- name: next_due
-- when the next mail is due
select min(next_attempt_at) as next_due from outgoing_mails where dead_at is null and kind = any(%(kinds)s)

-- name: unsent
-- a page of mails that have not left
select {mail}, m.attempts, m.next_attempt_at, m.dead_at, m.error
  from outgoing_mails m
 where m.id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000') and m.kind = any(%(kinds)s)
 order by m.id
 limit %(limit)s

-- name: listen
-- hears what `wake` says
listen outgoing_mails
