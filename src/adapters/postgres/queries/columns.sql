-- fragment: user
-- what a User is made of, from users u join user_activity a
u.id, u.name, u.email, u.mobile, u.locale, u.role, u.created_at, u.updated_at, u.email_verified_at,
nullif(a.last_login_at, '-infinity') as last_login_at,
u.blocked_at, u.blocked_by, u.blocked_reason,
u.suspended_at, u.suspended_by, u.suspended_reason, u.suspended_until, u.version,
u.pending_email, u.password_reset_required_at

-- fragment: session
-- what a Session is made of, from sessions s
s.id as session_id, s.handle, s.user_id, s.started_at, s.expires_at, s.last_seen_at, s.refresh_generation,
s.refreshed_at, s.ended_at, s.end_reason, host(s.ip_address) as ip_address, s.user_agent

-- fragment: live
-- a session that is live at %(at)s and was seen after %(seen_after)s, where that is not null, from sessions s
s.ended_at is null and s.expires_at > %(at)s
and (%(seen_after)s::timestamptz is null or s.last_seen_at > %(seen_after)s)

-- fragment: lapses
-- the moment from which a session is over that is neither refreshed nor seen until then, from sessions s
least(s.expires_at, date_add(s.last_seen_at, %(at)s::timestamptz - %(seen_after)s::timestamptz, 'UTC'))

-- fragment: let_in
-- a user whom the access policy has nothing against at %(at)s, from users u
u.blocked_at is null and (u.suspended_at is null or u.suspended_until <= %(at)s)
and u.password_reset_required_at is null and (u.email_verified_at is not null or not %(verified_email_required)s)

-- fragment: token
-- what a OneTimeToken is made of, from one_time_tokens t
t.id as token_id, t.purpose, t.user_id as token_user_id, t.email as token_email, t.digest, t.issued_at, t.expires_at,
t.used_at, t.voided_at

-- fragment: mail
-- what a Mail is made of, from outgoing_mails m
m.id as mail_id, m.kind, m.recipient, m.user_id, m.token_ids, m.occurred_at, host(m.ip_address) as ip_address,
m.user_agent, m.request_id

-- fragment: signing_key
-- what a SigningKey is made of, from signing_keys k
k.kid, k.algorithm, k.created_at, k.activates_at, k.retires_at, k.public_jwk, k.sealed_private_key

-- fragment: status_change
-- what a StatusChange is made of, from status_changes c
c.id, c.user_id, c.status, c.since, c.until, c.changed_by, c.reason

-- fragment: reserved
-- the address %(email)s is kept for somebody who can take it back, as of %(at)s, from one_time_tokens r
r.email = %(email)s and r.purpose = 'undo-email-change' and r.used_at is null and r.voided_at is null
and r.expires_at > %(at)s

-- fragment: trusted
-- a session that its user has not said to be somebody else's, from sessions s
(s.end_reason is null or s.end_reason not in ('not_me', 'email_change_undo'))

-- fragment: audit_salt
-- what the key is made of that the audit trail has for somebody, from users u
(select k.salt from audit_keys k where k.user_id = u.id) as audit_salt

-- fragment: stored_entry
-- what a StoredEntry is made of, from audit_entries e
e.id, e.at, e.action, e.actor_id, e.target_id, e.reason, e.origin, e.changes, e.ip_tag, e.address_tag

-- fragment: audit_entry
-- what a RecordedEntry is made of, from audit_entries e; with the salts that are not gone, the month's for nobody's
e.id, e.at, e.action, e.actor_id, e.target_id, e.reason, e.origin, e.changes, e.address_tag,
(select k.salt from audit_keys k where k.user_id = coalesce(e.actor_id, e.target_id)) as origin_salt,
(select k.salt from audit_keys k where k.user_id = coalesce(e.target_id, e.actor_id)) as changes_salt,
case when coalesce(e.actor_id, e.target_id) is null then
    (select m.salt from audit_months m where m.month = date_trunc('month', e.at at time zone 'UTC')::date)
end as month_salt

-- fragment: seal
-- what a Seal is made of, from audit_seals s
s.number, s.month, s.sealed_at, s.entries, s.root, s.previous, s.key_id, s.signature

-- fragment: retirement
-- what a Retirement is made of, from audit_retirements r
r.month, r.retired_at, r.last_seal, r.entries, r.archive_digest, r.key_id, r.signature
