-- Accounts by mail: one-time tokens, mails that wait to be sent, pauses; and what they change about a user.

alter table users add column pending_email text collate "C";
alter table users add column password_reset_required_at timestamptz;

create table one_time_tokens (
    id uuid primary key,
    purpose text not null,
    user_id integer not null references users (id) on delete cascade,
    email text collate "C" not null,
    -- SHA-256 of the token. The token itself is derived from the id when it is mailed, and stored nowhere.
    digest bytea not null constraint one_time_tokens_digest_key unique,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    voided_at timestamptz
);

create index one_time_tokens_by_user on one_time_tokens (user_id, purpose);

-- An address that a change can be undone to stays reserved.
create index one_time_tokens_reserved_emails on one_time_tokens (email)
 where purpose = 'undo-email-change' and used_at is null and voided_at is null;

create table outgoing_mails (
    id uuid primary key,
    kind text not null,
    recipient text collate "C" not null,
    -- Null: whoever has the address, looked up when the mail is sent.
    user_id integer references users (id) on delete cascade,
    token_ids uuid[] not null,
    occurred_at timestamptz not null,
    ip_address inet,
    user_agent text,
    request_id text,
    attempts integer not null default 0,
    -- When it is due; for whoever has taken it, until when it is theirs.
    next_attempt_at timestamptz not null,
    dead_at timestamptz,
    error text
);

create index outgoing_mails_due on outgoing_mails (next_attempt_at) where dead_at is null;
create index outgoing_mails_by_user on outgoing_mails (user_id);

create table cool_downs (
    -- HMAC of what it is about.
    key bytea primary key,
    until timestamptz not null
);
