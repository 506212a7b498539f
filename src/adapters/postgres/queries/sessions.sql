-- name: add
-- a session that starts now
insert into sessions (handle, user_id, started_at, last_seen_at, refreshed_at, expires_at, lapses_at,
                      ip_address, user_agent)
values (%(handle)s, %(user_id)s, %(started_at)s, %(started_at)s, %(started_at)s, %(expires_at)s, %(lapses_at)s,
        %(ip_address)s, %(user_agent)s)

-- name: end
-- ends a live session; no row where it is over already
update sessions u set ended_at = %(at)s, end_reason = %(reason)s
 where handle = %(handle)s and ended_at is null and expires_at > %(at)s
returning user_id, (select k.salt from audit_keys k where k.user_id = u.user_id) as audit_salt

-- name: end_all
-- ends a user's live sessions, but for one where that is named; how many of them were not idle for too long
with ended as (
    update sessions set ended_at = %(at)s, end_reason = %(reason)s
     where user_id = %(user_id)s and ended_at is null and expires_at > %(at)s and handle is distinct from %(keep)s
    returning last_seen_at
)
select count(*) as ended from ended where %(seen_after)s::timestamptz is null or last_seen_at > %(seen_after)s

-- name: lock_surplus
-- locks a user's live sessions but for the newest; the user is locked by the statement before, so none is being added
with surplus as (
    select s.id, s.started_at from sessions s
     where s.ended_at is null  -- also after a wait for somebody who was ending it
       and s.id in (select s.id from sessions s where s.user_id = %(user_id)s and {live}
                     order by s.started_at desc, s.id desc offset %(keep)s)
       for no key update
)
select array(select id from surplus order by started_at, id) as surplus

-- name: evict
-- ends sessions that this transaction has locked
update sessions set ended_at = %(at)s, end_reason = %(reason)s
 where id = any(%(surplus)s) and ended_at is null

-- name: logins_by_handle
-- sessions and their users: the hot path of every authenticated request
select {session}, {user}
  from sessions s join users u on u.id = s.user_id join user_activity a on a.user_id = u.id
 where s.handle = any(%(handles)s)

-- name: by_id
-- one session
select {session} from sessions s where s.id = %(id)s

-- name: live_of_user
-- a page of a user's live sessions
select {session} from sessions s
 where s.user_id = %(user_id)s and {live} and (%(before)s::bigint is null or s.id < %(before)s)
 order by s.id desc limit %(limit)s

-- name: of_user
-- a page of all of a user's sessions; `coalesce`, since with `or` a plan for any page would read all before it
select {session} from sessions s
 where s.user_id = %(user_id)s and s.id < coalesce(%(before)s::bigint, 9223372036854775807)
 order by s.id desc limit %(limit)s

-- name: advance
-- spends a refresh token: decided by the session's own row, whoever else wants to change it; else how it stood before
with advanced as (
    update sessions s
       set refresh_generation = s.refresh_generation + 1, refreshed_at = %(at)s,
           last_seen_at = greatest(s.last_seen_at, %(at)s),
           -- in UTC, where each day has 24 hours; by the server's time zone one may have 23 or 25
           expires_at = greatest(s.expires_at, least(date_add(%(at)s, %(sliding)s, 'UTC'),
                                                     date_add(s.started_at, %(absolute)s, 'UTC'))),
           lapses_at = coalesce(s.lapses_at, 'epoch') -- one that was found to be over counts again
      from users u join user_activity a on a.user_id = u.id
     where s.handle = %(handle)s and s.refresh_generation = %(generation)s and {live}
       and u.id = s.user_id and {let_in}
    returning {session}, {user}
)
select true as has_advanced, advanced.* from advanced
union all
select false, {session}, {user}
  from sessions s join users u on u.id = s.user_id join user_activity a on a.user_id = u.id
 where s.handle = %(handle)s and not exists (select from advanced)

-- name: write_down
-- when sessions were seen, at most once a minute each, and that users were there; the sessions of users left for later
with noted as (
    select s.id, s.user_id, s.handle, n.at
      from unnest(%(handles)s::uuid[], %(moments)s::timestamptz[]) as n (handle, at)
      join sessions s on s.handle = n.handle
), due as ( -- those that somebody refreshes or ends need it not
    select s.id, noted.at
      from noted join sessions s on s.id = noted.id
     where s.ended_at is null and s.expires_at > noted.at and s.last_seen_at <= noted.at - %(seen_to)s
     order by s.id
       for no key update of s skip locked
), seen as (
    update sessions s set last_seen_at = due.at,
                          lapses_at = coalesce(s.lapses_at, 'epoch') -- one that was found to be over counts again
      from due where s.id = due.id
), absent as ( -- but for those whom somebody holds
    select a.user_id
      from user_activity a
     where a.user_id in (select user_id from noted) and a.active_on < %(day)s
     order by a.user_id
       for no key update skip locked
), there as (
    update user_activity a set active_on = %(day)s
      from absent where a.user_id = absent.user_id and a.active_on < %(day)s
)
select noted.handle
  from noted join user_activity a on a.user_id = noted.user_id
 where a.active_on < %(day)s and noted.user_id not in (select user_id from absent)
