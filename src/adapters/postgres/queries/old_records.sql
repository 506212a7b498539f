-- name: delete_ended_sessions
-- the oldest of those that were ended by then; `any(array(…))`, so that no plan looks through all sessions there are
delete from sessions
 where id = any(array(select id from sessions where ended_at <= %(ended_by)s
                       order by ended_at limit %(limit)s for update skip locked))

-- name: delete_lapsed_sessions
-- the oldest of those that expired by then and were never ended
delete from sessions
 where id = any(array(select id from sessions
                       where ended_at is null and started_at <= %(started_by)s and expires_at <= %(expired_by)s
                       order by started_at limit %(limit)s for update skip locked))

-- name: delete_tokens
-- the oldest of those that expired by then
delete from one_time_tokens
 where id = any(array(select id from one_time_tokens where expires_at <= %(expired_by)s
                       order by expires_at limit %(limit)s for update skip locked))

-- name: delete_dead_mails
-- the oldest of those that died by then
delete from outgoing_mails
 where id = any(array(select id from outgoing_mails where dead_at <= %(dead_by)s
                       order by dead_at limit %(limit)s for update skip locked))

-- name: delete_pauses
-- the oldest of those that were over by then
delete from cool_downs
 where key = any(array(select key from cool_downs where until <= %(over_by)s
                        order by until limit %(limit)s for update skip locked))
