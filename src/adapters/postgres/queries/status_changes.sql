-- name: add
-- a change of a locked user
insert into status_changes (user_id, status, since, until, changed_by, reason)
values (%(user_id)s, %(status)s, %(since)s, %(until)s, %(changed_by)s, %(reason)s)

-- name: of_user
-- a page of a user's changes, the newest first
select {status_change} from status_changes c
 where c.user_id = %(user_id)s and c.id <= coalesce(%(up_to)s::bigint, 9223372036854775807)
 order by c.id desc limit %(limit)s
