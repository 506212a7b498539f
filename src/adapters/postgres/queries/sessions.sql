-- name: add
-- a session that starts now
insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, ip_address, user_agent)
values (%(handle)s, %(user_id)s, %(started_at)s, %(started_at)s, %(started_at)s, %(expires_at)s,
        %(ip_address)s, %(user_agent)s)

-- name: end
-- ends a live session; no row where it is over already
update sessions set ended_at = %(at)s, end_reason = %(reason)s
 where handle = %(handle)s and ended_at is null and expires_at > %(at)s
returning id

-- name: end_all
-- ends a user's live sessions, but for one where that is named; how many
with ended as (
    update sessions set ended_at = %(at)s, end_reason = %(reason)s
     where user_id = %(user_id)s and ended_at is null and expires_at > %(at)s and handle is distinct from %(keep)s
    returning id
)
select count(*) as ended from ended

-- name: login_by_handle
-- a session and its user: the hot path of every authenticated request
select {session}, {user} from sessions s join users u on u.id = s.user_id where s.handle = %(handle)s
