-- What the trail is looked through by, the newest first. Each month that is created later gets its part by itself; as for
-- the index of logins (0012), there is no trail yet that this could keep anybody waiting for.
create index audit_entries_by_actor on audit_entries (actor_id, at, id) where actor_id is not null;
create index audit_entries_by_target on audit_entries (target_id, at, id) where target_id is not null;
create index audit_entries_by_action on audit_entries (action, at, id);
create index audit_entries_by_ip_address on audit_entries (ip_tag, at, id) where ip_tag is not null;
