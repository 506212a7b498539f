-- The attempts to log in to an account, the newest first; other entries stay out of the index. Each month that is created
-- later gets its part by itself. On a partitioned table an index cannot be built concurrently, only on each month by a
-- name that no migration knows; so this keeps writers waiting for as long as it takes. Nothing has shipped, there is no
-- trail to speak of.
create index audit_entries_login_attempts on audit_entries (target_id, at, id)
 where action in ('session:login:success', 'session:login:failure', 'session:login:denied');
