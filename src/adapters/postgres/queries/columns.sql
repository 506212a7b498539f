-- fragment: user
-- what a User is made of, from users u
u.id, u.name, u.email, u.mobile, u.locale, u.role, u.created_at, u.updated_at, u.email_verified_at, u.last_login_at,
u.blocked_at, u.blocked_by, u.blocked_reason,
u.suspended_at, u.suspended_by, u.suspended_reason, u.suspended_until, u.version

-- fragment: session
-- what a Session is made of, from sessions s
s.id as session_id, s.handle, s.user_id, s.started_at, s.expires_at, s.ended_at, s.end_reason,
host(s.ip_address) as ip_address, s.user_agent
