-- name: record_of
-- a user, how many of the user's sessions live, and the newest logins that were tried: a row for each, at least one row
select {user}, s.live, e.at as attempted_at, e.action, e.reason, e.origin, e.origin_salt
  from users u
  join user_activity a on a.user_id = u.id
 cross join lateral (select count(*) as live from sessions s where s.user_id = u.id and {live}) s
  left join lateral (select at, id, action, reason, origin,
                            (select k.salt from audit_keys k
                              where k.user_id = coalesce(actor_id, target_id)) as origin_salt
                       from audit_entries
                      where target_id = %(id)s
                        -- as the index says it (0012)
                        and action in ('session:login:success', 'session:login:failure', 'session:login:denied')
                      order by at desc, id desc limit %(attempts)s) e on true
 where u.id = %(id)s
 order by e.at desc, e.id desc
