-- name: append
-- one entry
insert into audit_entries (at, action, actor_id, target_id, ip_address, user_agent, request_id, reason, changes)
values (%(at)s, %(action)s, %(actor_id)s, %(target_id)s, %(ip_address)s, %(user_agent)s, %(request_id)s,
        %(reason)s, %(changes)s)
