-- name: after
-- sessions that were ended and users who were cut off, behind a position; each half from its index (0006)
(select ended_at as at, handle, null::integer as user_id
   from sessions
  where ended_at is not null and (ended_at, handle) > (%(at)s, %(handle)s)
  order by ended_at, handle limit %(limit)s)
union all
(select greatest(blocked_at, suspended_at, password_reset_required_at), null, id
   from users
  where greatest(blocked_at, suspended_at, password_reset_required_at) is not null
    and (greatest(blocked_at, suspended_at, password_reset_required_at), id) > (%(at)s, %(user_id)s)
  order by greatest(blocked_at, suspended_at, password_reset_required_at), id limit %(limit)s)
order by at, handle nulls last, user_id limit %(limit)s
